// Suggestions while typing, as a combobox of one line. Shift and Enter, or a paste of several lines, brings the
// textarea back, which has no suggestions. Without this script there is the textarea alone.
(() => {
  "use strict";
  const LEAST = 3;
  const WAIT_MS = 130;
  const KEPT = ["id", "name", "class", "aria-describedby", "aria-invalid", "placeholder", "autocomplete", "spellcheck"];
  const COMBOBOX = {
    type: "text", role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false",
    "aria-controls": "suggestions", enterkeyhint: "search",
  };
  const form = document.getElementById("ask");
  const list = document.getElementById("suggestions");
  const said = document.getElementById("suggestions-said");
  const field = () => document.getElementById("question");
  const isCombobox = () => field().tagName === "INPUT";
  const wanted = () => field().value.trim();
  const options = () => [...list.children];
  const isOpen = () => !list.hidden;
  let timer = 0;
  let running = null;
  let active = -1;

  function swap(tag) {
    const old = field();
    const fresh = document.createElement(tag);
    for (const name of KEPT) if (old.hasAttribute(name)) fresh.setAttribute(name, old.getAttribute(name));
    if (tag === "input") for (const [name, value] of Object.entries(COMBOBOX)) fresh.setAttribute(name, value);
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
    close();
    swap("textarea");
    field().setRangeText(text, field().selectionStart, field().selectionEnd, "end");
  }

  function mark(index) {
    active = index;
    options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    if (index >= 0) {
      field().setAttribute("aria-activedescendant", options()[index].id);
      options()[index].scrollIntoView({ block: "nearest" });
    } else field().removeAttribute("aria-activedescendant");
  }

  function hide() {
    list.hidden = true;
    list.replaceChildren();
    said.textContent = "";
    if (isCombobox()) field().setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function close() {
    clearTimeout(timer);
    running?.abort();
    running = null;
    hide();
  }

  function show(found) {
    list.replaceChildren(...found.suggestions.map((suggestion, index) => {
      const option = document.createElement("li");
      option.id = `suggestion-${index + 1}`;
      option.setAttribute("role", "option");
      option.dataset.text = suggestion.text;
      option.innerHTML = suggestion.html;
      return option;
    }));
    list.hidden = !found.suggestions.length;
    field().setAttribute("aria-expanded", String(isOpen()));
    said.textContent = found.said;
    mark(-1);
  }

  async function ask() {
    const text = wanted();
    running?.abort();
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await fetch(form.dataset.suggestions,
        { method: "POST", body: new FormData(form), signal: mine.signal });
      const found = answer.ok ? await answer.json() : { suggestions: [], said: "" };
      if (running === mine && isCombobox() && wanted() === text) show(found);
    } catch (error) {
      if (error.name !== "AbortError" && running === mine) hide();
    }
  }

  function choose(option) {
    field().value = option.dataset.text;
    close();
    form.requestSubmit();
  }

  function move(step) {
    const count = options().length + 1;
    mark((active + 1 + step + count) % count - 1);
  }

  const KEYS = {
    ArrowDown: () => (isOpen() ? move(1) : wanted().length >= LEAST && ask()),
    ArrowUp: () => isOpen() && move(-1),
    Escape: () => isOpen() && close(),
    Enter: () => isOpen() && active >= 0 && choose(options()[active]),
  };

  form.addEventListener("keydown", (event) => {
    if (event.target !== field() || !isCombobox() || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      severalLines("\n");
    } else if (event.key === "Tab") close();
    else if (event.key in KEYS && KEYS[event.key]() !== false) event.preventDefault();
  });

  form.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (event.target === field() && isCombobox() && text.includes("\n")) {
      event.preventDefault();
      severalLines(text);
    }
  });

  form.addEventListener("input", (event) => {
    if (event.target !== field()) return;
    if (!isCombobox() && !field().value) swap("input");
    // What was chosen belongs to the text before: Enter must not send it.
    if (isOpen()) mark(-1);
    clearTimeout(timer);
    if (!isCombobox() || wanted().length < LEAST) close();
    else timer = setTimeout(ask, WAIT_MS);
  });

  form.addEventListener("submit", close, true);
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || close());
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });

  if (!field().value.includes("\n")) swap("input");
})();
