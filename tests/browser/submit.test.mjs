import assert from 'node:assert/strict';
import { bills, pdf } from './sandbox.mjs';
import { accessible, visit } from './visitor.mjs';

visit('a submitted link becomes a bill while somebody watches', async (page) => {
  await page.goto('/submit');
  await accessible(page);
  await page.getByLabel('Links to PDFs').fill(pdf('numbered/50', 'watched'));
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('link', { name: 'follow it' }).click();
  // Nobody reloads: the page follows the invoice.
  await page.getByText('Bill posted').first().waitFor();
  await accessible(page);
  const id = page.url().split('/').at(-1);
  const bill = (await bills()).find((bill) => JSON.stringify(bill).includes(id));
  assert.ok(bill, 'the books have the bill');
  await page.getByText(bill.bill_number).first().waitFor();
});

visit('many links and a dropped file are submitted at once', async (page) => {
  const sample = await (await fetch(pdf('narmada-foods-mixed-rates', 'file'))).arrayBuffer();
  await page.goto('/submit');
  await page.getByLabel('Links to PDFs').fill([1, 2, 3].map((n) => pdf(`numbered/${n}`, 'many')).join('\n'));
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('link', { name: 'follow it' }).nth(2).waitFor();
  await page.goto('/submit');
  const files = page.getByLabel('PDF files');
  await files.setInputFiles({ name: 'invoice.pdf', mimeType: 'application/pdf', buffer: Buffer.from(sample) });
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByRole('link', { name: 'follow it' }).first().waitFor();
});
