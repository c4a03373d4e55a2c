import assert from 'node:assert/strict';
import { bills, pdf } from './sandbox.mjs';
import { ended, read, submitted, until } from './stories.mjs';
import { accessible, sure, visit } from './visitor.mjs';

const STAGE = 'post-to-zoho';

visit('a stage is paused and resumed: every page says so, nothing starts meanwhile, and then it goes on', async (page) => {
  await page.goto('/stages');
  const board = page.getByRole('region', { name: new RegExp(STAGE) }).first();
  const banner = page.getByRole('region', { name: `${STAGE} waits` });
  await board.getByText('Pause this stage').click();
  await board.getByLabel('Why it is paused').fill('Year-end work in the books.');
  await board.getByRole('button', { name: `Pause ${STAGE}` }).click();
  await sure(page);
  await page.getByText('Paused. What is under way is finished').waitFor();
  try {
    await banner.waitFor();
    assert.match(await banner.innerText(), /paused by local.*Year-end work in the books/s);
    await accessible(page);
    await until(async () => (await stage()).replicas.every((replica) => replica.paused && replica.in_flight === 0));
    const [id] = await submitted([pdf('numbered/80', 'paused')]);
    await page.goto(`/invoices/${id}`);
    await banner.waitFor();
    await page.locator('#steps li.passed', { hasText: 'llm-structure' }).waitFor();
    // It has reached the stage's replicas, and is left there.
    await until(async () => (await stage()).replicas.some((replica) => replica.open + (replica.lag ?? 0) > 0));
    assert.ok((await stage()).replicas.every((replica) => replica.in_flight === 0));
    assert.ok(!(await bills()).some((bill) => JSON.stringify(bill).includes(id)), 'no bill is made');
    await resume(page);
    await page.goto(`/invoices/${id}`);
    await page.getByText('Bill posted').first().waitFor();
    assert.equal((await ended([id]))[id], 'posted');
    await banner.waitFor({ state: 'detached' });
  } finally {
    if ((await stage()).paused) await resume(page);
  }
});

async function resume(page) {
  await page.goto('/stages');
  await page.getByLabel('Why it goes on').fill('Done.');
  await page.getByRole('button', { name: `Resume ${STAGE}` }).click();
  await sure(page);
  await page.getByText('Resumed.').waitFor();
}

async function stage() {
  const { stages } = await read('/stages');
  return stages.find(({ stage }) => stage === STAGE);
}
