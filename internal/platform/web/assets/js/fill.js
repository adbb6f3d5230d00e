// A field that knows others: a CURP holds birth date, sex and state. Only fields that are
// empty, or that this script filled before, are filled.
import { statusAfter } from "./page.js";

function put(form, name, value, ours) {
  const field = form.elements.namedItem(name);
  if (!field || (field.value && ours.get(name) !== field.value)) return;
  field.value = value; // of a radio group too
  ours.set(name, field.value);
  const element = field instanceof RadioNodeList ? field[0] : field;
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

async function ask(field, status, ours) {
  const query = new URLSearchParams({ [field.name]: field.value.trim() });
  try {
    const reply = await fetch(`${field.dataset.fill}?${query}`, { headers: { Accept: "application/json" } });
    const answer = await reply.json();
    status.textContent = answer.message ?? "";
    for (const [name, value] of Object.entries(answer.fields ?? {})) {
      if (reply.ok) put(field.form, name, value, ours);
    }
  } catch {
    status.textContent = ""; // nothing is lost: the fields can be typed
  }
}

export function fill() {
  for (const field of document.querySelectorAll("[data-fill]")) {
    const status = statusAfter(field, "hint filled");
    const ours = new Map();
    let asked = field.value.trim();
    const check = () => {
      const value = field.value.trim();
      if (value === asked) return;
      asked = value;
      if (value) ask(field, status, ours);
      else status.textContent = "";
    };
    field.addEventListener("change", check);
    field.addEventListener("input", () => field.value.trim().length === field.maxLength && check());
  }
}
