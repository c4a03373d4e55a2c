// A second console on the running product, with log-in: a replica like any other, with a view of its own in memory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts it with these `{name, role, token}`, and returns where it listens once it has read the topics. */
export async function start(tokens) {
  const env = {
    ...process.env,
    INVOICES__KAFKA__BROKERS: process.env.KAFKA,
    INVOICES__DOCUMENTS__LOCATION: join(process.env.RUN, 'documents'),
    INVOICES__ADMIN__LISTEN: '127.0.0.1:0',
    INVOICES__CONSOLE__LISTEN: '127.0.0.1:0',
    INVOICES__CONSOLE__TOKENS: JSON.stringify(tokens),
  };
  const child = spawn(join(dirname(process.env.LOCAL), 'console'), [], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const stop = async () => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  };
  const listens = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, address] = line.split(/\s+/);
    listens[name] = address;
    if (name === 'console') break;
  }
  if (!listens.console) throw new Error('the console ended before it was ready');
  while (!(await fetch(`${listens.admin}/readyz`)).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  return { base: listens.console, stop };
}
