// Where the model looked for a class: asks for it with the same photo, lays it over, and sets how strongly it shows.
// What is asked is sealed in the page with its answer, so that no other model's map is laid over it.
const result = document.getElementById("result");
let overlay = "";
let turn = 0;

// An answer that comes meanwhile is about another photo.
export function stop() {
  turn += 1;
}

function lay(address) {
  if (overlay) URL.revokeObjectURL(overlay);
  overlay = address;
  const picture = document.getElementById("saliency");
  if (address) picture.setAttribute("href", address);
  else picture.removeAttribute("href");
  document.getElementById("strength-label").hidden = !address;
}

async function explain(box, classId, label) {
  const mine = ++turn;
  const note = box.querySelector("[role=status]");
  note.textContent = "";
  if (!classId) return lay("");
  const asked = new FormData(document.getElementById("on-answer"));
  asked.set("where", classId);
  try {
    const answer = await fetch(box.dataset.address, { method: "POST", body: asked, signal: AbortSignal.timeout(15_000) });
    const found = await (answer.ok ? answer.blob() : refusal(answer));
    if (mine !== turn) return;
    lay(answer.ok ? URL.createObjectURL(found) : "");
    note.textContent = answer.ok ? box.dataset.shown.replace("{label}", label) : found;
  } catch {
    if (mine !== turn) return;
    lay("");
    note.textContent = box.dataset.failed;
  }
}

// Why there is no map: in the site's words, where it is the site that answers.
function refusal(answer) {
  if (!answer.headers.get("Content-Type")?.startsWith("text/plain")) throw new Error(answer.statusText);
  return answer.text();
}

result.addEventListener("change", (event) => {
  if (event.target.id === "where") {
    explain(event.target.closest(".where"), event.target.value, event.target.selectedOptions[0].text);
  }
});
result.addEventListener("input", (event) => {
  if (event.target.id === "strength") document.getElementById("saliency").setAttribute("opacity", event.target.value / 100);
});
