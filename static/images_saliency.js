// Where the model looked for a class: asks for it with the same photo, lays it over, and sets how strongly it shows.
const result = document.getElementById("result");
let asked = null;
let overlay = "";
let turn = 0;

// What the answer on the page was asked with.
export function about(form) {
  asked = form;
  turn += 1;
}

// A photo that the site fetched is from then on sent as a file.
export function aboutFile(photo) {
  asked.delete("address");
  asked.set("image", photo);
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
  asked.set("class", classId);
  try {
    const answer = await fetch(box.dataset.address, { method: "POST", body: asked, signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const picture = await answer.blob();
    if (mine !== turn) return;
    lay(URL.createObjectURL(picture));
    note.textContent = box.dataset.shown.replace("{label}", label);
  } catch {
    if (mine !== turn) return;
    lay("");
    note.textContent = box.dataset.failed;
  }
}

result.addEventListener("change", (event) => {
  if (event.target.id === "where") {
    explain(event.target.closest(".where"), event.target.value, event.target.selectedOptions[0].text);
  }
});
result.addEventListener("input", (event) => {
  if (event.target.id === "strength") document.getElementById("saliency").setAttribute("opacity", event.target.value / 100);
});
