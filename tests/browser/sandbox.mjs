// The sandbox's control plane: what goes wrong outside, and what the books say.

const base = process.env.SANDBOX;

/** The URL of a sample, another invoice with each `tag`. */
export const pdf = (name, tag) => `${base}/pdf/${name}.pdf?test=${tag}`;

export async function fault(script) {
  const { id } = await ask('POST', '/_sandbox/faults', script);
  return { clear: () => ask('DELETE', `/_sandbox/faults/${id}`) };
}

export const bills = () => ask('GET', '/_sandbox/bills');

async function ask(method, path, body) {
  const headers = body ? { 'content-type': 'application/json' } : {};
  const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : null;
}
