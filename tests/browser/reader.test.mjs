import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { start } from './console.mjs';
import { pdf } from './sandbox.mjs';
import { ended, read, submitted } from './stories.mjs';
import { accessible, visit } from './visitor.mjs';

const ASHA = { name: 'asha', role: 'read', token: 'asha-looks-and-changes-nothing' };
const RAVI = { name: 'ravi', role: 'operate', token: 'ravi-decides-about-everything' };

let guarded;
before(async () => {
  guarded = await start([ASHA, RAVI]);
});
after(() => guarded?.stop());

async function logIn(page, token) {
  await page.getByLabel('Your access token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
}

visit('who may only read sees everything, is offered no button, and is refused what they send', async (page) => {
  const [posted, held] = await submitted([pdf('numbered/60', 'reader'), pdf('yamuna-textiles-wrong-total', 'reader')]);
  await ended([posted, held]);
  await page.goto(`${guarded.base}/invoices/${posted}`);
  // Nothing is shown before somebody has logged in; a wrong token leads back.
  await page.waitForURL('**/login?*');
  await logIn(page, 'a-token-that-nobody-was-given');
  await page.getByRole('alert').waitFor();
  await accessible(page);
  await logIn(page, ASHA.token);
  await page.waitForURL(`${guarded.base}/invoices/${posted}`);
  await page.getByText('Bill posted').first().waitFor();
  await page.getByText('asha', { exact: true }).waitFor();
  for (const path of [`/invoices/${posted}`, '/invoices', '/review', `/review/${held}`, '/stages']) {
    await page.goto(guarded.base + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const forms = page.locator('form[method=post]:not([action="/logout"])').filter({ has: page.locator('button:visible') });
    assert.equal(await forms.count(), 0, `${path} offers a button`);
    assert.equal(await page.getByRole('link', { name: 'Submit', exact: true }).count(), 0);
  }
  await page.goto(`${guarded.base}/review/${held}`);
  assert.ok(await page.getByRole('textbox', { name: 'Total', exact: true }).isDisabled());
  await accessible(page);
  // What the page does not offer, sent by hand with this session and its own word.
  const csrf = await page.locator('input[name=csrf]').first().inputValue();
  for (const [path, form] of [
    [`/review/${held}/discard`, { reason: 'x' }],
    [`/invoices/${posted}/erase`, { reason: 'x', sure: 'yes' }],
    ['/stages/post-to-zoho/pause', { reason: 'x' }],
    ['/submit', { urls: 'https://files.example/x.pdf' }],
  ]) {
    const answer = await page.request.post(guarded.base + path, { form: { csrf, ...form } });
    assert.equal(answer.status(), 403, path);
  }
  assert.equal((await read(`/invoices/${posted}`)).invoice.state, 'posted');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByText('You are logged out.').waitFor();
  // The browser says of the wrong token that it was refused.
  assert.deepEqual(page.complaints.splice(0).filter((said) => !/status of 401/.test(said)), []);
});

visit('who may decide does so under their own name, on whichever console', async (page) => {
  const [id] = await submitted([pdf('yamuna-textiles-wrong-total', 'ravi')]);
  await ended([id]);
  await page.goto(`${guarded.base}/login`);
  await logIn(page, RAVI.token);
  await page.waitForURL(`${guarded.base}/invoices`);
  await page.goto(`${guarded.base}/review/${id}`);
  const discard = page.locator(`form[action$="/discard"]`);
  await discard.getByLabel('Why').fill('Entered by hand.');
  await discard.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Yes' }).click();
  await page.getByText('Discarded').first().waitFor();
  // The other console, which has no tokens, says who it was.
  await page.goto(`/invoices/${id}`);
  await page.getByText('ravi', { exact: true }).waitFor();
  await page.getByText('Entered by hand.').first().waitFor();
});
