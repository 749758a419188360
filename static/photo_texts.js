// Photos as text and back: as the page carries them, and as the browser's own storage takes them.
const TEXT = /^data:(image\/(\w+));base64,/;

export const isText = (source) => TEXT.test(source);

export function asFile(source, name = "") {
  const [start, type, ending] = TEXT.exec(source);
  const bytes = Uint8Array.from(atob(source.slice(start.length)), (letter) => letter.charCodeAt(0));
  return new File([bytes], name || `photo.${ending}`, { type });
}

export function asText(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}
