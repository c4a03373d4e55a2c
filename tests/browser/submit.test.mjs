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

visit('many links and a chosen file are submitted at once', async (page) => {
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

visit('a file that is dropped on the page becomes a bill with this very PDF', async (page) => {
  const bytes = Buffer.from(await (await fetch(pdf('numbered/90', 'dropped'))).arrayBuffer());
  await page.goto('/submit');
  const dropped = await page.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], 'dropped.pdf', { type: 'application/pdf' }));
    return files;
  }, bytes.toString('base64'));
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('main', type, { dataTransfer: dropped });
  }
  await page.getByText('1 of 1 submitted').or(page.getByText('1 invoice was submitted')).waitFor();
  await page.getByText('dropped.pdf').first().waitFor();
  await accessible(page);
  await page.getByRole('link', { name: 'follow it' }).click();
  await page.getByText('Bill posted').first().waitFor();
  const id = page.url().split('/').at(-1);
  const kept = await page.evaluate(async (id) => {
    const body = await (await fetch(`/api/v1/invoices/${id}/document`)).arrayBuffer();
    return [...new Uint8Array(body)];
  }, id);
  assert.ok(bytes.equals(Buffer.from(kept)), 'the store has what was dropped');
});
