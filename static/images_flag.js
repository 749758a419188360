// Looking for the right label: the model's own ones are suggested while typing. Without this script the site finds
// them when the form is sent.
import { become, combobox } from "./combobox.js";

// Called for each answer, and again where the fields come back.
export function suggestLabels(flag) {
  const field = flag.querySelector("#right-label");
  const list = flag.querySelector("#labels-found");
  const token = flag.closest("form").querySelector("[name=csrfmiddlewaretoken]").value;
  become(field, list);
  combobox({
    within: flag,
    field: () => field,
    list,
    said: flag.querySelector("#labels-said"),
    least: 1,
    ask: (label, signal) => fetch(field.dataset.labels,
      { method: "POST", body: new URLSearchParams({ label, csrfmiddlewaretoken: token }), signal }),
    choose: () => {},
  });
}
