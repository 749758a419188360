// A photo by its address: the site sends it back within the answer, and from then on it is a file like a chosen one.
const field = document.getElementById("address");
const result = document.getElementById("result");
const error = () => document.getElementById("address-error");
const FETCHED = /^data:(image\/(\w+));base64,/;

function asFile(source) {
  const [start, type, ending] = FETCHED.exec(source);
  const bytes = Uint8Array.from(atob(source.slice(start.length)), (letter) => letter.charCodeAt(0));
  return new File([bytes], `photo.${ending}`, { type });
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-asks]")) error().textContent = "";
}, true);
document.body.addEventListener("htmx:afterSwap", () => {
  const source = result.querySelector("#seen image")?.getAttribute("href") ?? "";
  if (FETCHED.test(source)) document.dispatchEvent(new CustomEvent("fetched", { detail: asFile(source) }));
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (error().textContent.trim()) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
});
