// Keeps what is on the page up to date. The server says that something has changed; the page then asks for its own markup
// and takes over the parts that are live, in place: nothing jumps, and what somebody reads or types in stays.
"use strict";

(() => {
  const LEAST_MS = 1000;
  const rows = document.querySelector("[data-live-rows]");
  const wanted = new Set([...document.querySelectorAll("[data-live]")].map((part) => part.dataset.live));
  if (rows) wanted.add("invoices");
  if (wanted.size === 0 || !document.querySelector("header nav")) return;

  const announce = (text) => {
    document.getElementById("announcements").textContent = text;
  };

  const parsed = async (url) => {
    const answer = await fetch(url, { headers: { "X-Requested-With": "live" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(`the page answered ${answer.status}`);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const keepOpen = (old, fresh) => {
    const open = [...old.querySelectorAll("details")].map((details) => details.open);
    fresh.querySelectorAll("details").forEach((details, index) => {
      if (index < open.length) details.open = open[index];
    });
  };

  // The markup as it came is remembered: what scripts have made of it since is no difference, and neither is how long
  // something still takes. This script runs before the others.
  const came = new WeakMap();
  const markupOf = (part) => part.outerHTML.replace(/>(in [^<]*|any moment)<\/time>/g, "></time>");
  for (const part of document.querySelectorAll("[data-live], [data-live-rows] tr[data-id], #counts, #newer")) {
    came.set(part, markupOf(part));
  }

  const swap = (old, fresh) => {
    if (!old || !fresh) return false;
    const markup = markupOf(fresh);
    if (came.get(old) === markup) return false;
    if (old.querySelector("input:focus, select:focus, textarea:focus")) return false;
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    const place = focus && [...old.querySelectorAll("a, button, summary")].indexOf(focus);
    keepOpen(old, fresh);
    const adopted = document.adoptNode(fresh);
    old.replaceWith(adopted);
    came.set(adopted, markup);
    if (focus) adopted.querySelectorAll("a, button, summary")[place]?.focus();
    return true;
  };

  const refreshParts = async (kinds) => {
    const parts = [...document.querySelectorAll("[data-live]")].filter((part) => kinds.has(part.dataset.live));
    if (parts.length === 0) return;
    const fresh = await parsed(location.href);
    for (const part of parts) {
      const other = fresh.getElementById(part.id);
      if (swap(part, other) && part.id === "banners") announce(document.getElementById("banners").textContent);
    }
  };

  let said = 0;
  const refreshRows = async () => {
    const shown = [...rows.querySelectorAll("tr[data-id]")];
    const url = new URL(rows.dataset.liveRows, location.href);
    for (const row of shown) url.searchParams.append("shown", row.dataset.id);
    const fresh = await parsed(url);
    swap(document.getElementById("counts"), fresh.getElementById("counts"));
    swap(document.getElementById("newer"), fresh.getElementById("newer"));
    for (const row of shown) {
      const id = row.id;
      if (swap(row, fresh.getElementById(id))) document.getElementById(id).classList.add("changed");
    }
    const count = Number(document.querySelector("#newer [data-new]")?.dataset.new ?? 0);
    // Where nothing stands, nothing can jump.
    if (shown.length === 0 && count > 0) location.reload();
    if (count > 0 && said === 0) announce(document.getElementById("newer").textContent);
    said = count;
  };

  const due = new Set();
  let busy = false;
  let pause = LEAST_MS;
  const run = async () => {
    if (busy || due.size === 0 || document.hidden) return;
    busy = true;
    const kinds = new Set(due);
    due.clear();
    const start = performance.now();
    try {
      if (rows && kinds.has("invoices")) await refreshRows();
      await refreshParts(kinds);
    } catch {
      // The next event tries again; a page that is away is said by the connection below.
    }
    // A slow server is asked less often.
    pause = Math.max(LEAST_MS, 8 * (performance.now() - start));
    setTimeout(() => {
      busy = false;
      run();
    }, pause);
  };

  const ask = (...kinds) => {
    for (const kind of kinds) if (wanted.has(kind)) due.add(kind);
    run();
  };

  const own = document.querySelector("[data-invoice]")?.dataset.invoice;
  const onInvoice = (event) => {
    ask("invoices");
    if (own && event.data?.includes(`"${own}"`)) ask("invoice");
  };

  let source = null;
  let interrupted = false;
  const connect = () => {
    source = new EventSource("/api/v1/events");
    source.addEventListener("invoice", onInvoice);
    source.addEventListener("removed", onInvoice);
    source.addEventListener("dead_letters", () => ask("invoices"));
    source.addEventListener("stages", () => ask("stages"));
    source.addEventListener("reload", () => ask("invoices", "invoice", "stages"));
    source.addEventListener("open", () => {
      if (interrupted) ask("invoices", "invoice", "stages");
      interrupted = false;
    });
    source.addEventListener("error", () => {
      if (!interrupted) announce("Live updates are interrupted; the page connects again by itself.");
      interrupted = true;
    });
  };

  // A browser has few connections to a server: a tab that nobody looks at gives its own back.
  const follow = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) {
      connect();
      ask("invoices", "invoice", "stages");
    }
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => source?.close());
  if (!document.hidden) connect();
})();
