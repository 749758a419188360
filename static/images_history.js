// What was shown in this tab, remembered by the browser alone: the site stores nothing of it. A press shows it again.
import { asFile, asText } from "./photo_texts.js";
import { prepared } from "./shrinking.js";

const KEY = "scoredeck-photos";
const MOST = 12;
const [WIDTH, HEIGHT] = [120, 90];
const strip = document.getElementById("history");
const entry = document.getElementById("history-entry");

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

// Where the browser's room is full, the oldest go; where it gives none, nothing is remembered.
function write(entries) {
  for (let count = Math.min(entries.length, MOST); count > 0; count -= 1) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(entries.slice(0, count)));
      return;
    } catch { /* one fewer */ }
  }
  forgetAll();
}

function forgetAll() {
  try {
    sessionStorage.removeItem(KEY);
  } catch { /* nothing was remembered */ }
  show();
}

function picture(source) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = failed;
    image.src = source;
  });
}

async function thumbnail(source) {
  const photo = await picture(source);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const scale = Math.max(WIDTH / photo.naturalWidth, HEIGHT / photo.naturalHeight);
  const [width, height] = [photo.naturalWidth * scale, photo.naturalHeight * scale];
  canvas.getContext("2d").drawImage(photo, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
  return canvas.toDataURL("image/jpeg", 0.8);
}

// One after another, so that the strip is in the order of the answers.
let adding = Promise.resolve();

// `asked` is what was sent: a file, or the name of an example. `told` is what the page said of it, and where it shows it.
export function remember(asked, told, side, types) {
  adding = adding.then(() => add(asked, told, side, types));
  return adding;
}

async function add({ example = "", file }, { label, share, isCompared, source }, side, types) {
  // The page's own address of a file ends with its answer.
  const address = file ? URL.createObjectURL(file) : source;
  try {
    const photo = example ? "" : await asText(await prepared(file, side, types));
    const found = { example, photo, isCompared, name: file?.name ?? "", thumbnail: await thumbnail(address), label, share };
    write([found, ...read().filter((one) => !isSame(one, found))]);
    show();
  } catch { /* a photo that the browser cannot draw is not remembered */ }
  if (file) URL.revokeObjectURL(address);
}

const isSame = (one, other) =>
  one.example === other.example && one.photo === other.photo && one.isCompared === other.isCompared;

function showAgain({ example, photo, name, isCompared }) {
  const compare = document.getElementById("compare");
  if (compare) compare.checked = isCompared;
  const known = example && document.querySelector(`.examples [name=example][value="${CSS.escape(example)}"]`);
  if (known) known.click();
  else if (photo) document.dispatchEvent(new CustomEvent("again", { detail: asFile(photo, name) }));
}

export function show() {
  const entries = read();
  strip.hidden = !entries.length;
  strip.querySelector("ol").replaceChildren(...entries.map((one) => {
    const row = entry.content.cloneNode(true);
    row.querySelector("img").src = one.thumbnail;
    row.querySelector("[lang]").textContent = one.label;
    row.querySelector(".share").textContent = one.isCompared ? strip.dataset.compared : one.share;
    row.querySelector("button").addEventListener("click", () => showAgain(one));
    return row;
  }));
}

strip.querySelector("#forget-all").addEventListener("click", () => {
  forgetAll();
  document.getElementById("image").focus();
});
