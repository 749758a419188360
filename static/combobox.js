// A field with suggestions while typing, as an ARIA combobox. Used for questions and for labels.
const WAIT_MS = 130;
const ROLE = {
  role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false",
};

export function become(field, list) {
  for (const [name, value] of Object.entries(ROLE)) field.setAttribute(name, value);
  field.setAttribute("aria-controls", list.id);
}

// `field` gives the input, or null where there is none to suggest for; `ask` fetches what is suggested for a text;
// `choose` takes the text of the one that was chosen.
export function combobox({ within, field, list, said, least, ask, choose }) {
  const wanted = () => field()?.value.trim() ?? "";
  const options = () => [...list.children];
  const isOpen = () => !list.hidden;
  let timer = 0;
  let running = null;
  let active = -1;

  function mark(index) {
    active = index;
    options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    if (index >= 0) {
      field().setAttribute("aria-activedescendant", options()[index].id);
      options()[index].scrollIntoView({ block: "nearest" });
    } else field()?.removeAttribute("aria-activedescendant");
  }

  function hide() {
    list.hidden = true;
    list.replaceChildren();
    said.textContent = "";
    field()?.setAttribute("aria-expanded", "false");
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
      option.id = `${list.id}-${index + 1}`;
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

  async function suggest() {
    const text = wanted();
    running?.abort();
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await ask(text, mine.signal);
      const found = answer.ok ? await answer.json() : { suggestions: [], said: "" };
      if (running === mine && field() && wanted() === text) show(found);
    } catch (error) {
      if (error.name !== "AbortError" && running === mine) hide();
    }
  }

  function take(option) {
    field().value = option.dataset.text;
    close();
    choose(option.dataset.text);
  }

  function move(step) {
    const count = options().length + 1;
    mark((active + 1 + step + count) % count - 1);
  }

  const KEYS = {
    ArrowDown: () => (isOpen() ? move(1) : wanted().length >= least && suggest()),
    ArrowUp: () => isOpen() && move(-1),
    Escape: () => isOpen() && close(),
    Enter: () => isOpen() && active >= 0 && take(options()[active]),
  };

  within.addEventListener("keydown", (event) => {
    if (event.target !== field() || event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Tab") close();
    else if (event.key in KEYS && KEYS[event.key]() !== false) event.preventDefault();
  });
  within.addEventListener("input", (event) => {
    if (event.target !== field()) return;
    // What was chosen belongs to the text before: Enter must not take it.
    if (isOpen()) mark(-1);
    clearTimeout(timer);
    if (wanted().length < least) close();
    else timer = setTimeout(suggest, WAIT_MS);
  });
  within.addEventListener("submit", close, true);
  within.addEventListener("focusout", (event) => within.contains(event.relatedTarget) || close());
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  return { close };
}
