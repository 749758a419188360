// A photo by its address: the site sends it back within the answer, and from then on it is a file like a chosen one.
import { asFile, isText } from "./photo_texts.js";

const field = document.getElementById("address");
const result = document.getElementById("result");
const error = () => document.getElementById("address-error");

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-asks]")) error().textContent = "";
}, true);
document.body.addEventListener("htmx:afterSwap", () => {
  const source = result.querySelector("#seen image")?.getAttribute("href") ?? "";
  if (isText(source)) document.dispatchEvent(new CustomEvent("fetched", { detail: asFile(source) }));
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (error().textContent.trim()) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
});
