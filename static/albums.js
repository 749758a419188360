// Many photos are counted before they are sent, large ones are made smaller, and the page says how far it is.
// Without this script the form works too: the photos go as they are.
// How that is done comes when it is needed, so that the page reacts sooner.
const prepared = async (...given) => (await import("./shrinking.js")).prepared(...given);

const form = document.getElementById("send-photos");
const input = document.getElementById("photos");
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const sending = document.getElementById("sending");
const said = document.getElementById("sending-words");
const bar = sending.querySelector("progress");
const button = form.querySelector("button");
const words = input.dataset;

const side = Number(words.side);
const types = words.types.split(",");
const AT_ONCE = 4;
const language = document.documentElement.lang;
const percent = new Intl.NumberFormat(language, { style: "percent" });

let ready = false;

const error = () => document.getElementById("photos-error");
const isZip = (file) => /\.zip$/i.test(file.name) || file.type.includes("zip");
const bytes = (files) => files.reduce((sum, file) => sum + file.size, 0);

function say(text) {
  error().textContent = text;
  input.removeAttribute("aria-invalid");
  if (text) input.setAttribute("aria-invalid", "true");
}

function fault(files) {
  if (!files.length) return words.missing;
  return files.length > Number(words.most) ? words.tooMany : "";
}

function showChosen(files) {
  drop.classList.toggle("filled", files.length > 0);
  const photos = files.filter((file) => !isZip(file));
  if (files.length === 1 && !photos.length) chosen.textContent = chosen.dataset.zip.replace("{name}", files[0].name);
  else chosen.textContent = [counted(photos.length), photos.length < files.length && chosen.dataset.among].filter(Boolean).join(". ");
}

function counted(photos) {
  if (photos < 2) return photos ? chosen.dataset.one : "";
  return chosen.dataset.many.replace("{count}", new Intl.NumberFormat(language).format(photos));
}

function showProgress(text, share) {
  sending.hidden = false;
  if (said.textContent !== text) said.textContent = text;
  bar.value = 100 * share;
}

function rest() {
  ready = false;
  sending.hidden = true;
  button.disabled = false;
}

async function smaller(files) {
  const copies = new Array(files.length);
  let next = 0;
  let done = 0;
  const line = async () => {
    while (next < files.length) {
      const at = next++;
      copies[at] = isZip(files[at]) ? files[at] : await prepared(files[at], side, types);
      done += 1;
      const text = said.dataset.shrinking.replace("{done}", done).replace("{all}", files.length);
      showProgress(text, done / files.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return copies;
}

async function prepare() {
  const files = [...input.files];
  say(fault(files));
  if (error().textContent) return;
  button.disabled = true;
  const copies = await smaller(files);
  if (bytes(copies) > Number(words.mostBytes)) {
    say(words.tooMuch);
    rest();
    return;
  }
  const all = new DataTransfer();
  for (const copy of copies) all.items.add(copy);
  input.files = all.files;
  ready = true;
  // Later: a form cannot be submitted again while its submit event is still under way.
  setTimeout(() => form.requestSubmit());
}

input.addEventListener("change", () => {
  const files = [...input.files];
  showChosen(files);
  say(files.length ? fault(files) : "");
});

form.addEventListener("submit", (event) => {
  if (ready) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  prepare();
}, true);

form.addEventListener("htmx:xhr:progress", (event) => {
  const { loaded, total, lengthComputable } = event.detail;
  if (!lengthComputable || !ready) return;
  const share = percent.format(Math.floor(100 * loaded / total) / 100);
  showProgress(loaded < total ? said.dataset.uploading.replace("{done}", share) : said.dataset.storing, loaded / total);
});

const lost = document.getElementById("lost").dataset;
form.addEventListener("htmx:sendError", () => say(lost.lost));
form.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 403) say(lost.stale);
  else if (!error().textContent) say(lost.lost);
});
form.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Redirect")) return;
  rest();
});
document.body.addEventListener("htmx:afterSwap", () => say(error().textContent));

for (const kind of ["dragover", "dragleave", "drop"])
  drop.addEventListener(kind, () => drop.classList.toggle("over", kind === "dragover"));
// A page kept by the browser comes back as it was left: with its button off.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  rest();
  input.value = "";
  showChosen([]);
});
