// A still from the camera, or a photo from the clipboard by a button; each shown only where the browser has it.
const open = document.getElementById("open-camera");
const phone = document.getElementById("phone-camera");
const paste = document.getElementById("paste");
const dialog = document.getElementById("camera");
const video = dialog.querySelector("video");
const refusal = dialog.querySelector("[role=alert]");
const shutter = document.getElementById("shutter");

const isPhone = matchMedia("(hover: none) and (pointer: coarse)").matches;
const hand = (file) => document.dispatchEvent(new CustomEvent("photo", { detail: file }));

async function hasCamera() {
  const devices = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []);
  return Boolean(devices?.some((device) => device.kind === "videoinput"));
}

if (isPhone) phone.hidden = false;
else hasCamera().then((has) => { open.hidden = !has; });
paste.hidden = isPhone || !navigator.clipboard?.read;

phone.querySelector("input").addEventListener("change", (event) => {
  if (event.target.files.length) hand(event.target.files[0]);
  event.target.value = "";
});

let turn = 0;

// The browser may ask the visitor first: by then the window may have been closed, and opened again.
open.addEventListener("click", async () => {
  const mine = ++turn;
  refusal.textContent = "";
  shutter.disabled = true;
  dialog.showModal();
  try {
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    if (mine === turn) video.srcObject = stream;
    else stop(stream);
  } catch {
    if (mine === turn) refusal.textContent = refusal.dataset.refused;
  }
});
video.addEventListener("playing", () => {
  shutter.disabled = false;
  shutter.focus();
});

const stop = (stream) => stream?.getTracks().forEach((track) => track.stop());
dialog.addEventListener("close", () => {
  turn += 1;
  stop(video.srcObject);
  video.srcObject = null;
});
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

shutter.addEventListener("click", () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((bytes) => {
    dialog.close();
    hand(new File([bytes], "camera.jpg", { type: "image/jpeg" }));
  }, "image/jpeg", 0.92);
});

paste.addEventListener("click", async () => {
  const note = document.getElementById("image-error");
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((name) => name.startsWith("image/"));
      if (type) return hand(new File([await item.getType(type)], "pasted", { type }));
    }
    note.textContent = paste.dataset.none;
  } catch {
    note.textContent = paste.dataset.refused;
  }
});
