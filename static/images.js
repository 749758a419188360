// Drop, paste, preview, and a check before sending. Without this script the form works too.
"use strict";
const form = document.getElementById("show-photo");
const input = document.getElementById("image");
const drop = document.getElementById("drop");
const preview = document.getElementById("preview");
const result = document.getElementById("result");
const error = () => document.getElementById("image-error");

function say(text) {
  error().textContent = text;
  input.removeAttribute("aria-invalid");
  if (text) input.setAttribute("aria-invalid", "true");
}

function wrong(file) {
  if (file.size === 0) return input.dataset.empty;
  if (file.size > Number(input.dataset.most)) return input.dataset.tooLarge;
  return input.accept.split(",").includes(file.type) ? "" : input.dataset.unreadable;
}

function show(address, alt) {
  if (preview.src.startsWith("blob:")) URL.revokeObjectURL(preview.src);
  preview.hidden = !address;
  drop.classList.toggle("filled", Boolean(address));
  if (address) preview.src = address;
  if (alt) preview.alt = alt;
}

const ownAlt = preview.alt;
function chosen() {
  const file = input.files[0];
  if (!file) return;
  const fault = wrong(file);
  say(fault);
  result.replaceChildren();
  show(fault ? "" : URL.createObjectURL(file), ownAlt);
  if (!fault) form.requestSubmit();
}

function take(files) {
  if (!files.length) return;
  const one = new DataTransfer();
  one.items.add(files[0]);
  input.files = one.files;
  chosen();
}

input.addEventListener("change", chosen);
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
document.addEventListener("paste", (event) => take(event.clipboardData.files));

document.querySelector(".thumbnails")?.addEventListener("click", (event) => {
  const picture = event.target.closest(".thumbnail")?.querySelector("img");
  if (!picture) return;
  input.value = "";
  say("");
  show(picture.src, picture.alt);
});

document.body.addEventListener("htmx:sendError", () => say(result.dataset.lost));
document.body.addEventListener("htmx:timeout", () => say(result.dataset.lost));
document.body.addEventListener("htmx:responseError", (event) =>
  say(event.detail.xhr.status === 403 ? result.dataset.stale : result.dataset.lost));
document.body.addEventListener("htmx:afterSettle", () => say(error().textContent));
