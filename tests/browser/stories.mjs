// What several stories begin with, over the API: the pages are what is tested, not how invoices got there.

const api = `${process.env.CONSOLE}/api/v1`;

/** Submits links; returns the invoices' ids. */
export async function submitted(urls) {
  const body = JSON.stringify(urls.map((pdf_url) => ({ pdf_url })));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${api}/invoices`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`submit: ${answer.status} ${await answer.text()}`);
  const { submitted } = await answer.json();
  return submitted.map(({ invoice_id }) => invoice_id);
}

/** Waits until each has ended; returns its last state by id. What waits for somebody is under Review then. */
export async function ended(ids) {
  const states = {};
  for (const id of ids) {
    for (let state = ''; !(id in states); state = '') {
      const known = await read(`/invoices/${id}?wait=30s`);
      // States and dead letters come by different topics.
      const waits = ['review', 'dead'].includes(known?.invoice.state);
      if (known?.ended && (!waits || (await read(`/dead-letters/${id}`)))) states[id] = known.invoice.state;
    }
  }
  return states;
}

/** What the API says, or nothing. */
export async function read(path) {
  const answer = await fetch(api + path);
  return answer.ok ? answer.json() : null;
}

export async function discarded(id, reason) {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ reason });
  const answer = await fetch(`${api}/dead-letters/${id}/discard`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`discard: ${answer.status} ${await answer.text()}`);
}

/** Asks until it is so; of what no event tells. */
export async function until(isSo, within_ms = 30_000) {
  const deadline = Date.now() + within_ms;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it does not come about: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
