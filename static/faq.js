// Enter sends; `/` goes to the field; an example fills it; a lost connection is said in words.
// Without this script the form works too.
(() => {
  "use strict";
  const form = document.getElementById("ask");
  const result = document.getElementById("result");
  const field = () => document.getElementById("question");
  const error = () => document.getElementById("question-error");

  form.addEventListener("keydown", (event) => {
    if (event.target !== field() || event.defaultPrevented) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field().focus();
    }
  });

  document.querySelector(".chips").addEventListener("click", (event) => {
    const chip = event.target.closest("[data-question]");
    if (chip) field().value = chip.dataset.question;
  });

  // Only an answer has something to copy.
  const copying = () => document.querySelector("[data-copy]") && import("./copying.js");
  copying();

  const say = (text) => {
    error().textContent = text;
  };
  document.body.addEventListener("htmx:sendError", () => say(result.dataset.lost));
  document.body.addEventListener("htmx:timeout", () => say(result.dataset.lost));
  document.body.addEventListener("htmx:responseError", (event) =>
    say(event.detail.xhr.status === 403 ? result.dataset.stale : result.dataset.lost));
  document.body.addEventListener("htmx:afterSettle", () => {
    copying();
    field().removeAttribute("aria-invalid");
    if (error().textContent) field().setAttribute("aria-invalid", "true");
  });
})();
