// Puts times into the viewer's zone and counts waits down. Without it, the pages show UTC.
"use strict";

(() => {
  const zone = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { day: "numeric", month: "short", year: "numeric" };
  const full = new Intl.DateTimeFormat("en-GB", { ...day, ...zone });
  const clock = new Intl.DateTimeFormat("en-GB", zone);

  const lasting = (ms) => {
    const seconds = Math.ceil(ms / 1000);
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  };

  const isToday = (moment) => moment.toDateString() === new Date().toDateString();

  const shown = (time) => {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) return time.textContent;
    if (time.dataset.show === "until") {
      const left = moment - Date.now();
      return left > 0 ? `in ${lasting(left)}` : "any moment";
    }
    return time.dataset.show === "clock" && isToday(moment) ? clock.format(moment) : full.format(moment);
  };

  const put = (time) => {
    const text = shown(time);
    if (time.textContent !== text) time.textContent = text;
  };

  const all = (root) => root.querySelectorAll("time[datetime]").forEach(put);

  all(document);
  setInterval(() => document.querySelectorAll('time[data-show="until"]').forEach(put), 1000);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.nodeType === Node.ELEMENT_NODE) all(node.parentElement ?? node);
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
