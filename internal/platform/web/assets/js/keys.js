// Small conveniences: "/" goes to the search field, eight digits become a date, a button
// prints, and the list of errors is where reading starts.
import { word } from "./page.js";

const stored = "sigue-keys";

function typing(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

/** A key without modifier can be switched off: speech input would press it by accident. */
export function off() {
  return localStorage.getItem(stored) === "off";
}

function shortcuts() {
  const field = document.querySelector("[data-search]");
  if (!field && !document.querySelector("form[data-roll]")) return;
  const button = document.querySelector("[data-keys]");
  const show = () => (button.textContent = word(off() ? "keysOff" : "keysOn"));
  button.hidden = false;
  button.addEventListener("click", () => {
    localStorage.setItem(stored, off() ? "on" : "off");
    show();
  });
  show();
  if (field) slash(field);
}

function slash(field) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey) return;
    if (off() || typing(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

function dates() {
  document.addEventListener("change", (event) => {
    const digits = event.target.matches?.("[data-date]") && event.target.value.trim().match(/^(\d{2})(\d{2})(\d{4})$/);
    if (digits) event.target.value = digits.slice(1).join("/");
  });
}

function printing() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

export function keys() {
  shortcuts();
  dates();
  printing();
  document.getElementById("errores")?.focus();
}
