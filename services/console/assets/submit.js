// Takes files that are dropped on the page, and sends them one after the other, each with its receipt.
"use strict";

(() => {
  const form = document.getElementById("drop");
  if (!form) return;
  const input = document.getElementById("files");
  const receipts = document.getElementById("receipts");
  const button = form.querySelector("button");
  const label = button.textContent;
  let depth = 0;

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (step) => {
    depth = Math.max(0, depth + step);
    document.body.classList.toggle("dropping", depth > 0);
  };

  addEventListener("dragenter", (event) => hasFiles(event) && over(1));
  addEventListener("dragleave", (event) => hasFiles(event) && over(-1));
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(-depth);
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });

  const refused = (name, why) => {
    const line = document.createElement("p");
    line.className = "note bad";
    line.textContent = `${name}: ${why}`;
    return line;
  };

  const send = async (file) => {
    const body = new FormData();
    body.append("csrf", form.elements.csrf.value);
    body.append("file", file);
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "receipts" }, credentials: "same-origin" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("section");
    return fresh ? document.adoptNode(fresh) : refused(file.name, `the server answered ${answer.status}`);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const files = [...input.files];
    button.disabled = true;
    receipts.replaceChildren();
    for (const [index, file] of files.entries()) {
      button.textContent = `Uploading ${index + 1} of ${files.length}`;
      const receipt = await send(file).catch(() => refused(file.name, "the connection broke off"));
      add(receipt);
    }
    button.disabled = false;
    button.textContent = label;
    form.reset();
  });

  // Receipts of single files become one list.
  const add = (receipt) => {
    const list = receipts.querySelector("ul.receipts");
    const lines = receipt.querySelectorAll?.("ul.receipts > li") ?? [];
    if (!list || lines.length === 0) {
      receipts.append(receipt);
    } else {
      list.append(...lines);
    }
    const all = receipts.querySelectorAll("ul.receipts > li");
    const title = receipts.querySelector("h2");
    const taken = [...all].filter((line) => line.classList.contains("passes")).length;
    if (title) title.textContent = `${taken} of ${all.length} submitted`;
  };
})();
