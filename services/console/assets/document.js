// Joins fields and the places where they are printed: pointing at one lights the other. And loads raw records when asked for.
"use strict";

(() => {
  const fieldOf = (target) => {
    const holder = target.closest?.("[data-show], [data-fields], [data-field]");
    return holder ? (holder.dataset.show ?? holder.dataset.fields ?? holder.dataset.field).split(" ") : [];
  };

  const light = (fields) => {
    for (const part of document.querySelectorAll(".lit")) part.classList.remove("lit");
    for (const field of fields) {
      const name = CSS.escape(field);
      const parts = document.querySelectorAll(`[data-fields~="${name}"], tr[data-field="${name}"]`);
      for (const part of parts) part.classList.add("lit");
    }
  };

  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.closest?.(".split")) light(fieldOf(event.target));
    });
  }

  // A place leads to its line within the document's own pane, so that the field stays in sight.
  const reveal = (field) => {
    const place = document.querySelector(`.document [data-fields~="${CSS.escape(field)}"]`);
    place?.scrollIntoView({ block: "center", behavior: "smooth" });
    return Boolean(place);
  };

  document.addEventListener("click", (event) => {
    const place = event.target.closest?.("a[data-show]");
    if (place && reveal(place.dataset.show)) {
      event.preventDefault();
      light([place.dataset.show]);
    }
    if (event.target.closest?.("[data-record]")) loadRecords();
  });

  const holder = document.querySelector("details[data-load]");
  let loading = null;
  const load = async () => {
    const answer = await fetch(holder.dataset.load, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the records answered ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    holder.querySelector("p").replaceWith(document.adoptNode(fresh.getElementById("records-content")));
  };
  const loadRecords = async () => {
    if (!holder) return;
    holder.open = true;
    loading ??= load();
    try {
      await loading;
    } catch {
      // The link to the records' own page is still there.
      loading = null;
      return;
    }
    const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (wanted instanceof HTMLDetailsElement) {
      wanted.open = true;
      wanted.scrollIntoView({ block: "start" });
    }
  };
  holder?.addEventListener("toggle", () => holder.open && loadRecords());
  addEventListener("hashchange", () => location.hash.startsWith("#record-") && loadRecords());
})();
