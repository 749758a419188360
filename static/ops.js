// Follow the cluster without disturbing the reader: no asking while the page is hidden, and after each answer
// opened details stay open and scrolled tables stay where they were.
(() => {
  "use strict";
  const follows = (element) => element.hasAttribute("data-follows");
  const away = () => document.getElementById("site-away");
  let kept = [];

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (follows(event.detail.elt) && document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    const live = document.querySelector("[data-follows]");
    if (live && !document.hidden) window.htmx.trigger(live, "seen-again");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    kept = [...event.detail.target.querySelectorAll("details[id], .scroll[id]")].map((element) => ({
      id: element.id, open: element.open, left: element.scrollLeft, top: element.scrollTop,
    }));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const { id, open, left, top } of kept) {
      const element = document.getElementById(id);
      if (!element) continue;
      if (open !== undefined) element.open = open;
      element.scrollLeft = left;
      element.scrollTop = top;
    }
  });
  const failed = (event) => {
    if (follows(event.detail.elt) && away()) away().hidden = false;
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, failed);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && follows(event.detail.elt) && away()) away().hidden = true;
  });
})();
