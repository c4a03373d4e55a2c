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

/** Waits until each has ended; returns its last state by id. */
export async function ended(ids) {
  const states = {};
  for (const id of ids) {
    for (let state = ''; !(id in states); state = '') {
      const answer = await fetch(`${api}/invoices/${id}?wait=30s`);
      if (answer.ok) ({ state } = (await answer.json()).invoice);
      if (['posted', 'review', 'dead', 'discarded', 'erased'].includes(state)) states[id] = state;
    }
  }
  return states;
}
