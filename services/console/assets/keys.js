// Keys that spare the mouse, the help that lists them, and the question before what cannot be taken back.
"use strict";

(() => {
  const SETTING = "invoices.single-keys";
  const help = document.getElementById("help");
  const toggle = document.getElementById("single-keys");
  const confirm = document.getElementById("confirm");

  const allowed = () => localStorage.getItem(SETTING) !== "off";
  toggle.checked = allowed();
  toggle.addEventListener("change", () => localStorage.setItem(SETTING, toggle.checked ? "on" : "off"));

  document.querySelector('[data-open="help"]')?.addEventListener("click", (event) => {
    event.preventDefault();
    help.showModal();
  });

  const move = (step) => {
    const items = [...document.querySelectorAll("[data-item] a.item")];
    const here = items.indexOf(document.activeElement);
    const next = items[here < 0 ? (step > 0 ? 0 : items.length - 1) : here + step];
    next?.focus();
    next?.closest("[data-item]").scrollIntoView({ block: "nearest" });
  };

  const press = (key) => {
    const target = document.querySelector(`[data-key="${key}"]`);
    if (target instanceof HTMLFormElement) target.requestSubmit(target.querySelector("button.primary"));
    else target?.click();
    return Boolean(target);
  };

  const search = () => {
    const field = document.getElementById("q");
    field?.closest("details")?.setAttribute("open", "");
    field?.focus();
    return Boolean(field);
  };

  const KEYS = {
    j: () => (move(1), true),
    k: () => (move(-1), true),
    "/": search,
    a: () => press("a"),
    n: () => press("n"),
    "?": () => (help.showModal(), true),
  };

  const isTyping = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isPlain || !allowed() || document.querySelector("dialog[open]") || isTyping(event.target)) return;
    if (KEYS[event.key]?.()) event.preventDefault();
  });

  // A form with a question is sent after the answer. It is checked first, so nobody confirms what is incomplete.
  let confirmed = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = form.dataset.confirm;
    if (!question || event.submitter?.hasAttribute("data-no-confirm") || confirmed === form) return;
    event.preventDefault();
    document.getElementById("confirm-text").textContent = question;
    confirm.returnValue = "no";
    confirm.showModal();
    confirm.addEventListener("close", () => {
      if (confirm.returnValue !== "yes") return;
      confirmed = form;
      form.requestSubmit(event.submitter);
      confirmed = null;
    }, { once: true });
  });

  document.getElementById("note")?.focus({ preventScroll: true });
})();
