// Where a model looked, or both that are compared, for a class: asks for it, lays it over, and sets how strongly it shows.
// What is asked is sealed in the page with its answer, so that no other model's map is laid over it.
const result = document.getElementById("result");
let laid = [];
let turn = 0;

// An answer that comes meanwhile is about another photo.
export function stop() {
  turn += 1;
}

const pictures = () => [...result.querySelectorAll("[data-map]")];

function lay(maps) {
  for (const address of laid) URL.revokeObjectURL(address);
  const addresses = maps.map((map) => map && URL.createObjectURL(map));
  laid = addresses.filter(Boolean);
  pictures().forEach((picture, model) => {
    if (addresses[model]) picture.setAttribute("href", addresses[model]);
    else picture.removeAttribute("href");
  });
  document.getElementById("strength-label").hidden = !laid.length;
}

async function ask(box, where, model) {
  const asked = new FormData(document.getElementById("on-answer"));
  asked.set("where", where);
  asked.set("model", model);
  try {
    const answer = await fetch(box.dataset.address, { method: "POST", body: asked, signal: AbortSignal.timeout(15_000) });
    if (answer.ok) return { map: await answer.blob() };
    // What the site itself says is in words for who reads it.
    if (answer.headers.get("Content-Type").startsWith("text/plain")) return { refusal: await answer.text() };
  } catch { /* neither a map nor a word */ }
  return { refusal: box.dataset.failed };
}

function say(note, text, isRefusal) {
  note.className = isRefusal ? "field-error" : "muted";
  note.textContent = text;
}

async function explain(box, choice) {
  const mine = ++turn;
  const note = box.querySelector("[role=status]");
  say(note, "");
  if (!choice.value) return lay([]);
  const found = await Promise.all(pictures().map((_, model) => ask(box, choice.value, model)));
  if (mine !== turn) return;
  lay(found.map(({ map }) => map));
  const refusals = new Set(found.map(({ refusal }) => refusal).filter(Boolean));
  if (refusals.size) return say(note, [...refusals].join(" "), true);
  const [chosen] = choice.selectedOptions;
  say(note, chosen.dataset.shown ?? box.dataset.shown.replace("{label}", chosen.text));
}

result.addEventListener("change", (event) => {
  if (event.target.matches(".where[data-address] #where")) explain(event.target.closest(".where"), event.target);
});
result.addEventListener("input", (event) => {
  if (!event.target.matches("#strength[type=range]")) return;
  for (const picture of pictures()) picture.setAttribute("opacity", event.target.value / 100);
});
