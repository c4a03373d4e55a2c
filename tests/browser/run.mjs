// Runs the tests of this folder on a product of their own: `node run.mjs PATH-OF-LOCAL [test files]`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { start } from './product.mjs';

const folder = import.meta.dirname;
const [local, ...chosen] = process.argv.slice(2);
const all = (await readdir(folder)).filter((file) => file.endsWith('.test.mjs'));
await rm(`${folder}/out`, { recursive: true, force: true });
await mkdir(`${folder}/out`);

const product = await start(local);
try {
  const env = { ...process.env, CONSOLE: product.listens.console, SANDBOX: product.listens.sandbox };
  // One after another: they share the product, and an outage is everybody's.
  const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...(chosen.length ? chosen : all)];
  const tests = spawn(process.execPath, args, { cwd: folder, env, stdio: 'inherit' });
  const [code] = await once(tests, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await product.stop();
}
