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

async function read(path) {
  const answer = await fetch(api + path);
  return answer.ok ? answer.json() : null;
}
