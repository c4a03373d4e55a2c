import assert from 'node:assert/strict';
import { pdf } from './sandbox.mjs';
import { ended, read, submitted } from './stories.mjs';
import { accessible, sure, visit } from './visitor.mjs';

visit('an invoice is erased by its button: the PDF and the fields go, and its id stays taken', async (page) => {
  const link = pdf('numbered/70', 'erased');
  const [id] = await submitted([link]);
  assert.equal((await ended([id]))[id], 'posted');
  const { invoice } = await read(`/invoices/${id}`);
  const vendor = invoice.bill.vendor_name;
  await page.goto(`/invoices/${id}`);
  await page.getByText(vendor).first().waitFor();
  const pictures = page.locator('.picture img');
  assert.ok((await pictures.count()) > 0, 'the PDF is shown');
  await page.getByLabel('Why it is erased').fill('Request 2026-114.');
  await page.getByLabel('I know that this cannot be undone').check();
  await page.getByRole('button', { name: 'Erase personal data' }).click();
  await sure(page);
  await page.getByText('The PDF and the personal data are gone.').waitFor();
  await page.locator('#state-now').getByText('Erased').waitFor();
  await page.reload();
  await page.getByText('Its personal data is gone.').waitFor();
  assert.equal(await pictures.count(), 0);
  const shown = await page.locator('body').innerText();
  assert.ok(!shown.includes(vendor) && !shown.includes(invoice.bill.bill_number), 'neither vendor nor number are left');
  await page.getByText('Request 2026-114.').first().waitFor();
  await accessible(page);
  assert.equal((await page.request.get(`/api/v1/invoices/${id}/document`)).status(), 410);
  await page.goto(`/invoices?q=${encodeURIComponent(vendor)}`);
  assert.equal(await page.locator(`tr[data-id="${id}"]`).count(), 0, 'the vendor leads to it no more');
  // The same link again is the same invoice, and nothing is paid a second time.
  assert.deepEqual(await submitted([link]), [id]);
  assert.equal((await ended([id]))[id], 'erased');
});
