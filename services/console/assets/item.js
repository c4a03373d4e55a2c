// Runs the checks while somebody corrects an invoice, and adds lines to it. Without it, the button "Check" does the same.
"use strict";

(() => {
  const form = document.getElementById("edit");
  if (!form || form.querySelector("fieldset.all")?.disabled) return;
  const WAIT_MS = 350;
  let timer = 0;
  let request = null;

  const inputOf = (field) => {
    const name = field.replace(/^lines\[(\d+)\]\./, "lines.$1.");
    return document.getElementById(`field-${name.replaceAll(".", "-")}`);
  };

  // Each field says what is wrong with it, beside the list of all findings.
  const mark = (findings) => {
    for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    for (const hint of form.querySelectorAll("fieldset.all .hint")) hint.textContent = "";
    for (const finding of findings.querySelectorAll("li[data-field]")) {
      const input = inputOf(finding.dataset.field);
      if (!input) continue;
      if (finding.classList.contains("fails")) input.setAttribute("aria-invalid", "true");
      const hint = document.getElementById(`${input.id}-hint`);
      if (hint && !hint.textContent) hint.textContent = finding.dataset.message ?? "";
    }
  };

  const check = async () => {
    request?.abort();
    request = new AbortController();
    const old = document.getElementById("findings");
    old.classList.add("checking");
    try {
      const answer = await fetch(form.dataset.check, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { "X-Part": "findings" },
        credentials: "same-origin",
        signal: request.signal,
      });
      if (!answer.ok) throw new Error(`the check answered ${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("findings");
      if (!fresh) throw new Error("the check answered something else");
      old.replaceWith(document.adoptNode(fresh));
      mark(fresh);
    } catch (error) {
      // Of two checks the later counts; after another failure the findings of before stay, and say that they are old.
      if (error.name !== "AbortError") old.querySelector("p").textContent = "The checks could not be run just now.";
      else return;
      old.classList.remove("checking");
    }
  };

  const another = (line) => {
    const index = Number(line.dataset.line) + 1;
    const copy = line.cloneNode(true);
    copy.dataset.line = index;
    for (const part of copy.querySelectorAll("[id], [name], [for], [aria-describedby], [data-field]")) {
      for (const name of ["id", "name", "for", "aria-describedby", "data-field"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(/(lines[.-])\d+/, `$1${index}`));
      }
      if (part instanceof HTMLInputElement) part.value = "";
    }
    line.classList.remove("new");
    line.querySelector("legend").textContent = `Line ${index}`;
    line.after(copy);
  };

  form.addEventListener("input", (event) => {
    const line = event.target.closest(".invoice-line.new");
    if (line) another(line);
    if (!event.target.closest("fieldset.all")) return;
    clearTimeout(timer);
    timer = setTimeout(check, WAIT_MS);
  });

  // What somebody confirms is what they have typed.
  const question = form.dataset.confirm.split(" Total: ")[0];
  const value = (id) => document.getElementById(id)?.value ?? "";
  const ask = () => (form.dataset.confirm = `${question} Total: ${value("field-currency")} ${value("field-total")}`);
  ask();

  // What somebody has corrected is not lost by a wrong key.
  let isChanged = false;
  form.addEventListener("input", () => {
    isChanged = true;
    ask();
  });
  document.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-no-confirm")) {
      event.preventDefault();
      check();
    } else if (!event.defaultPrevented) {
      isChanged = false;
    }
  });
  addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
})();
