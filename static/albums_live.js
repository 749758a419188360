// While photos are being named the grid and its filters are renewed each second, except under somebody's hands.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.contains(document.activeElement)) event.detail.shouldSwap = false;
});
