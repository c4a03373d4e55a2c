import assert from 'node:assert/strict';
import { fault, pdf } from './sandbox.mjs';
import { accessible, screenshot, visit } from './visitor.mjs';
import { submitted } from './stories.mjs';

const INVOICES = 12;

visit('an outage of the language model is seen as such, and everything goes on after it', async (page) => {
  const outage = await fault({ endpoint: 'llm', kind: 'status', when: 'before', status: 529 });
  let ids;
  try {
    ids = await submitted(Array.from({ length: INVOICES }, (_, n) => pdf(`numbered/${n + 100}`, 'outage')));
    await page.goto('/invoices');
    const banner = page.getByRole('region', { name: 'llm-structure waits' });
    await banner.waitFor({ timeout: 60_000 });
    assert.match(await banner.innerText(), /nothing is lost/i);
    await accessible(page);
    await screenshot(page, 'during an outage of the language model');
    await page.goto('/stages');
    await page.getByText('llm-structure').first().waitFor();
    await accessible(page);
  } finally {
    await outage.clear();
  }
  for (const id of ids) {
    await page.goto(`/invoices/${id}`);
    await page.getByText('Bill posted').first().waitFor({ timeout: 60_000 });
  }
  await page.getByRole('region', { name: 'llm-structure waits' }).waitFor({ state: 'detached', timeout: 60_000 });
});
