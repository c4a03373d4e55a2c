import assert from 'node:assert/strict';
import { bills, pdf } from './sandbox.mjs';
import { ended, submitted } from './stories.mjs';
import { accessible, sure, visit } from './visitor.mjs';

visit('a wrong total is corrected and approved, and the bill says what the person wrote', async (page) => {
  const [id] = await submitted([pdf('yamuna-textiles-wrong-total', 'corrected')]);
  assert.equal((await ended([id]))[id], 'review');
  await page.goto('/review');
  await accessible(page);
  await page.getByRole('link', { name: new RegExp(id) }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await accessible(page);
  // The checks run again while somebody types.
  const total = page.getByRole('textbox', { name: 'Total', exact: true });
  const findings = page.locator('#findings');
  await findings.locator('li').first().waitFor();
  const before = await findings.innerText();
  const sum = await right(page);
  await total.fill(String(Number(sum) + 1));
  await page.waitForFunction((text) => document.querySelector('#findings').innerText !== text, before);
  assert.match(await findings.innerText(), /do not add up to the total/);
  await total.fill(sum);
  await page.waitForFunction(() => !/do not add up to the total/.test(document.querySelector('#findings').innerText));
  await page.getByLabel('Why it is right').fill('The vendor confirmed the sum of the lines.');
  await page.getByRole('button', { name: /approve and post/i }).click();
  await sure(page);
  await page.getByText('The vendor confirmed').or(page.getByText(/accepted|approved/i)).first().waitFor();
  await ended([id]);
  const bill = (await bills()).find((bill) => JSON.stringify(bill).includes(id));
  assert.equal(Number(bill.total), Number(sum));
  await page.goto(`/invoices/${id}`);
  await page.getByText('The vendor confirmed the sum of the lines.').first().waitFor();
  // Nobody is told that all was well: the total that the person wrote is not printed.
  await page.getByText('A bill was made in spite of what fails').waitFor();
});

/** The total that the other amounts on the page make. */
async function right(page) {
  const amounts = ['Taxable amount', 'CGST', 'SGST', 'IGST', 'Cess', 'Round-off'];
  let paise = 0;
  for (const label of amounts) {
    const value = await page.getByRole('textbox', { name: label, exact: true }).inputValue();
    paise += Math.round(Number(value || 0) * 100);
  }
  return (paise / 100).toFixed(2);
}
