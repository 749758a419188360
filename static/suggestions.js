// Suggestions while typing, as a combobox of one line. Shift and Enter, or a paste of several lines, brings the
// textarea back, which has no suggestions. Without this script there is the textarea alone.
import { become, combobox } from "./combobox.js";

const KEPT = ["id", "name", "class", "aria-describedby", "aria-invalid", "placeholder", "autocomplete", "spellcheck"];
const form = document.getElementById("ask");
const list = document.getElementById("suggestions");
const field = () => document.getElementById("question");
const isOneLine = () => field().tagName === "INPUT";

const suggestions = combobox({
  within: form,
  field: () => (isOneLine() ? field() : null),
  list,
  said: document.getElementById("suggestions-said"),
  least: 3,
  ask: (_, signal) => fetch(form.dataset.suggestions, { method: "POST", body: new FormData(form), signal }),
  choose: () => form.requestSubmit(),
});

function swap(tag) {
  const old = field();
  const fresh = document.createElement(tag);
  for (const name of KEPT) if (old.hasAttribute(name)) fresh.setAttribute(name, old.getAttribute(name));
  if (tag === "input") {
    fresh.type = "text";
    fresh.setAttribute("enterkeyhint", "search");
    become(fresh, list);
  }
  const focused = document.activeElement === old;
  const { selectionStart, selectionEnd } = old;
  fresh.value = old.value;
  old.replaceWith(fresh);
  if (focused) {
    fresh.focus();
    fresh.setSelectionRange(selectionStart, selectionEnd);
  }
}

function severalLines(text) {
  suggestions.close();
  swap("textarea");
  field().setRangeText(text, field().selectionStart, field().selectionEnd, "end");
}

form.addEventListener("keydown", (event) => {
  if (event.target !== field() || !isOneLine() || event.isComposing) return;
  if (event.key === "Enter" && event.shiftKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    severalLines("\n");
  }
});

form.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (event.target === field() && isOneLine() && text.includes("\n")) {
    event.preventDefault();
    severalLines(text);
  }
});

form.addEventListener("input", (event) => {
  if (event.target === field() && !isOneLine() && !field().value) swap("input");
});

if (!field().value.includes("\n")) swap("input");
