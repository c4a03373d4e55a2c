import assert from 'node:assert/strict';
import { fault, pdf } from './sandbox.mjs';
import { ended, submitted } from './stories.mjs';
import { accessible, sure, visit } from './visitor.mjs';

const INVOICES = 50;

visit('a group of fifty dead letters is replayed after a dry run', async (page) => {
  const gone = await fault({ endpoint: 'pdf', kind: 'status', when: 'before', status: 410 });
  let ids;
  try {
    ids = await submitted(Array.from({ length: INVOICES }, (_, n) => pdf(`numbered/${n + 200}`, 'group')));
    assert.deepEqual(new Set(Object.values(await ended(ids))), new Set(['dead']));
  } finally {
    await gone.clear();
  }
  await page.goto('/review');
  const group = page.getByRole('listitem').filter({ hasText: 'fetch.http_410' });
  await group.getByRole('link').first().click();
  await page.getByText(`Chosen: ${INVOICES} items`).waitFor();
  await page.getByRole('button', { name: 'Replay these…' }).click();
  // Nothing has happened yet: the page says what would.
  await page.getByText(`${INVOICES} items are replayed`).waitFor();
  await accessible(page);
  await page.getByLabel(/^Why/).fill('The host is back.');
  await page.getByRole('button', { name: `Replay ${INVOICES} items` }).click();
  if (await page.locator('dialog[open]').count()) await sure(page);
  await page.getByText(`${INVOICES} items were replayed`).waitFor({ timeout: 60_000 });
  assert.deepEqual(new Set(Object.values(await ended(ids))), new Set(['posted']));
});
