// The whole product as `make up` runs it: broker, sandbox, services and console, on this machine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const GRACE_MS = 60_000;

/** Starts it, and returns where it listens once every part is ready. */
export async function start(local) {
  // Waits between attempts are a tenth as long, so that a dead letter comes about while somebody looks.
  const env = {
    ...process.env,
    INVOICES__ENGINE__TIME_SCALE: '0.1',
    // Several stories take the same sample.
    INVOICES__FETCH__SAME_DOCUMENT: 'let_through',
  };
  const child = spawn(local, ['up'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const listens = {};
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') return { listens, stop: () => stop(child) };
    const [name, address] = line.split(/\s+/);
    listens[name] = address;
  }
  throw new Error('the product ended before it was ready');
}

async function stop(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(timer);
}
