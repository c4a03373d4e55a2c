import assert from 'node:assert/strict';
import { pdf } from './sandbox.mjs';
import { ended, submitted } from './stories.mjs';
import { accessible, fitsItsWindow, screenshot, visit } from './visitor.mjs';

const PAGES = ['/invoices', '/review', '/stages', '/submit'];

async function all(tag) {
  const ids = await submitted([pdf('kaveri-steel-intra-state', tag), pdf('yamuna-textiles-wrong-total', tag)]);
  await ended(ids);
  return [...PAGES, `/invoices/${ids[0]}`, `/review/${ids[1]}`];
}

for (const colorScheme of ['light', 'dark']) {
  const phone = { viewport: { width: 375, height: 700 }, colorScheme };
  visit(`every page fits a phone, in ${colorScheme} colours`, phone, async (page) => {
    for (const path of await all(`phone-${colorScheme}`)) {
      await page.goto(path);
      await fitsItsWindow(page);
      await accessible(page);
      await screenshot(page, `375 px ${colorScheme} ${path.split('/').slice(0, 2).join(' ')}`);
    }
  });
}

visit('every page can be read without a script', { javaScriptEnabled: false }, async (page) => {
  for (const path of await all('no-script')) {
    assert.equal((await page.goto(path)).status(), 200);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
});

visit('an item is found, opened and discarded by keyboard alone', async (page) => {
  const [id] = await submitted([pdf('yamuna-textiles-wrong-total', 'keyboard')]);
  await ended([id]);
  await page.goto('/review');
  await reach(page, (focused) => focused.text.includes(id));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/review/${id}`);
  await reach(page, (focused) => /discard/i.test(focused.form) && focused.label === 'Why');
  await page.keyboard.type('A test of the keyboard.');
  await reach(page, (focused) => focused.tag === 'BUTTON' && /discard/i.test(focused.text));
  await page.keyboard.press('Enter');
  // The dialog's focus is on "No".
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Discarded').first().waitFor();
});

/** Presses Tab until what has the focus is as wanted, and sees to it that the focus shows. */
async function reach(page, wanted) {
  for (let presses = 0; presses < 400; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const at = document.activeElement;
      const { outlineStyle, boxShadow } = getComputedStyle(at);
      // A box over a picture of a page is drawn thicker.
      const box = at.querySelector(':scope > rect');
      const isThick = box && parseFloat(getComputedStyle(box).strokeWidth) >= 2;
      return {
        tag: at.tagName,
        text: at.textContent ?? '',
        label: at.labels?.[0]?.textContent?.trim() ?? '',
        form: at.form?.textContent ?? '',
        shows: outlineStyle !== 'none' || boxShadow !== 'none' || Boolean(isThick),
      };
    });
    assert.ok(focused.shows || focused.tag === 'BODY', `the focus on ${focused.tag} ${focused.text.trim()} shows`);
    if (wanted(focused)) return;
  }
  assert.fail('the keyboard does not get there');
}
