// Makes large photos smaller before they are sent. Used by the page for one photo and by the one for many.
const WORTH_SHRINKING_BYTES = 300_000;
const QUALITY = 0.92;

// What the browser cannot read goes as it is where its type is one of `types`: the model's own word on it is better.
// `side` is the shorter side that is sent, in pixels: more than twice what the models look at.
export async function prepared(file, side, types) {
  // Of an animation the model sees the first picture: that one is sent, and shown.
  const readable = types.includes(file.type) && file.type !== "image/gif";
  if (readable && file.size < WORTH_SHRINKING_BYTES) return file;
  try {
    const copy = await smallerCopy(file, side, readable);
    return copy.size < file.size || !readable ? copy : file;
  } catch {
    return file;
  }
}

async function smallerCopy(file, side, readable) {
  const photo = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, side / Math.min(photo.width, photo.height));
  if (scale === 1 && readable) return file;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [photo.width, photo.height].map((edge) => Math.max(1, Math.round(edge * scale)));
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  photo.close();
  const bytes = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  const copy = new File([bytes], file.name.replace(/(\.[^.]*)?$/, ".jpg"), { type: "image/jpeg" });
  copy.pixels = `${canvas.width} × ${canvas.height}`;
  return copy;
}
