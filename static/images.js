// A photo comes by click, drop, paste, camera or as an example, is made smaller where it is large, and is sent.
// Without this script the forms work too.
// What only some visitors need comes when it is needed, so that the page reacts sooner.
const prepared = async (...given) => (await import("./shrinking.js")).prepared(...given);
const saliency = () => import("./images_saliency.js");

const form = document.getElementById("show-photo");
const input = document.getElementById("image");
const drop = document.getElementById("drop");
const result = document.getElementById("result");
const sent = document.getElementById("sent");
const words = input.dataset;
const error = () => document.getElementById("image-error");

const side = Number(words.side);
// Of the window's height.
const LOWEST_START = 0.6;
const types = input.accept.split(",");

let latest = 0;
let original = null;
let address = "";
let last = null;

function say(text) {
  error().textContent = text;
  input.removeAttribute("aria-invalid");
  if (!text) return;
  input.setAttribute("aria-invalid", "true");
  error().scrollIntoView({ block: "nearest" });
}

// On a phone the answer comes below the screen: then the page goes to where it will be.
function goToResult() {
  if (!result.childElementCount) return;
  if (result.getBoundingClientRect().top > LOWEST_START * innerHeight) result.scrollIntoView({ block: "start" });
}

const readable = (file) => types.includes(file.type);

function fault(file) {
  if (file.size === 0) return words.empty;
  if (!readable(file)) return /heic|heif|avif/i.test(file.type || file.name) ? words.convert : words.unreadable;
  return file.size > Number(words.most) ? words.tooLarge : "";
}

const inUnits = (bytes) => {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const amount = bytes < 1e6 ? bytes / 1e3 : bytes / 1e6;
  const digits = bytes < 1e6 ? 0 : 1;
  return new Intl.NumberFormat(document.documentElement.lang,
    { style: "unit", unit, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(amount);
};

function tellSize(file, copy) {
  sent.hidden = copy === file || copy.size >= file.size;
  if (sent.hidden) return;
  sent.querySelector("span").textContent = sent.dataset.text
    .replace("{pixels}", copy.pixels).replace("{bytes}", inUnits(copy.size)).replace("{before}", inUnits(file.size));
  sent.querySelector("button").hidden = Boolean(fault(file));
}

// The photo appears at once, in the place where the answer will show it.
function showWaiting(source, alt) {
  const card = document.getElementById("waiting").content.cloneNode(true);
  const picture = card.querySelector("img");
  picture.src = source;
  if (alt) picture.alt = alt;
  result.replaceChildren(card);
  drop.classList.add("filled");
  goToResult();
}

function forget() {
  if (address) URL.revokeObjectURL(address);
  address = "";
  original = null;
  sent.hidden = true;
  drop.classList.remove("filled");
  result.replaceChildren();
}

function hold(file) {
  const one = new DataTransfer();
  one.items.add(file);
  input.files = one.files;
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(file);
}

// What is pressed below an answer takes the photo along that the answer is about.
async function attach() {
  if (result.querySelector("[data-copy]")) import("./copying.js");
  for (const field of result.querySelectorAll("[data-own-file]")) field.files = input.files;
  const flag = result.querySelector("#flag:not([data-ready])");
  if (!flag) return;
  flag.dataset.ready = "";
  (await import("./images_flag.js")).suggestLabels(flag);
}

function send(file) {
  hold(file);
  showWaiting(address);
  form.requestSubmit();
}

async function take(files) {
  const file = files[0];
  if (!file) return;
  const turn = ++latest;
  say("");
  forget();
  const copy = file.size ? await prepared(file, side, types) : file;
  if (turn !== latest) return;
  const wrong = fault(copy);
  say(wrong);
  if (wrong) return;
  original = file;
  tellSize(file, copy);
  send(copy);
}

input.addEventListener("change", () => take(input.files));
document.addEventListener("photo", (event) => take([event.detail]));
// A photo that the site fetched is from then on as good as a chosen one.
document.addEventListener("fetched", (event) => {
  hold(event.detail);
  attach();
  last = { form };
});
sent.querySelector("button").addEventListener("click", () => {
  ++latest;
  sent.hidden = true;
  send(original);
  input.focus();
});

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  take(event.clipboardData.files);
});

// Which form asked last, and by which button, so that another number of labels asks the same way again.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-asks]")) return;
  last = { form: event.target, button: event.submitter };
  saliency().then(({ stop }) => stop());
  if (event.target === form) return;
  ++latest;
  forget();
  input.value = "";
  say("");
  const { photo } = event.submitter?.dataset ?? {};
  if (photo) showWaiting(photo, event.submitter.querySelector("img").alt);
}, true);
// A button that asks by its value is pressed: htmx forgets it where the focus has left it.
function askAgain() {
  if (last?.button?.value) last.button.click();
  else last?.form.requestSubmit();
}
for (const choice of document.querySelectorAll("#top, #compare")) choice.addEventListener("change", askAgain);

// An answer that stands stays where only a button below it has failed.
function lost(event, text) {
  if (event.detail.target !== result) {
    const beside = event.detail.elt.closest("form")?.querySelector("[role=alert]");
    (beside ?? error()).textContent = text;
    return;
  }
  forget();
  say(text);
}
document.body.addEventListener("htmx:sendError", (event) => lost(event, result.dataset.lost));
document.body.addEventListener("htmx:timeout", (event) => lost(event, result.dataset.lost));
document.body.addEventListener("htmx:responseError", (event) =>
  lost(event, event.detail.xhr.status === 403 ? result.dataset.stale : result.dataset.lost));
document.body.addEventListener("htmx:afterSettle", () => say(error().textContent));
document.body.addEventListener("htmx:afterSwap", (event) => {
  for (const picture of result.querySelectorAll("[data-own-photo]")) picture.setAttribute("href", address);
  attach();
  drop.classList.toggle("filled", Boolean(result.querySelector(".answer")));
  if (event.detail.target !== result) return;
  goToResult();
  remember();
});

const history = () => import("./images_history.js");

// What is to be remembered is read at once: the next photo may take its place before the module is there.
async function remember() {
  const answer = result.querySelector(".answer");
  if (!answer) return;
  const example = last?.button?.name === "example" ? last.button.value : "";
  const asked = example ? { example } : { file: input.files[0] };
  const best = [...answer.querySelectorAll(".labels li:first-child .label-name")].map((name) => name.textContent);
  const told = {
    label: [...new Set(best)].join(" / "),
    share: answer.querySelector(".labels .value").textContent,
    isCompared: answer.matches(".comparison"),
    source: answer.querySelector("svg.whole image").getAttribute("href"),
  };
  const { remember: keep } = await history();
  await keep(asked, told, side, types);
}

document.addEventListener("again", (event) => {
  ++latest;
  say("");
  forget();
  send(event.detail);
  result.scrollIntoView({ block: "nearest" });
});
try {
  if (sessionStorage.getItem("scoredeck-photos")) history().then(({ show }) => show());
} catch { /* a browser that stores nothing has no history */ }
import("./images_camera.js");
attach();
