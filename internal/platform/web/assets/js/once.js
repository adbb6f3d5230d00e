// A form is sent once however often its button is pressed. Back, and a download that
// leaves the page where it is, give the button back.
import { word, statusAfter } from "./page.js";

const patience = 10_000;

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button[data-busy]")) {
    button.disabled = false;
    delete button.dataset.busy;
  }
}

export function once() {
  const state = new WeakMap(); // form to its status line
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    const button = event.submitter;
    if (button && form.matches("[data-once]")) {
      if (!state.has(form)) state.set(form, statusAfter(button, "hint sending"));
      state.get(form).textContent = word("sending");
    }
    // Later: a disabled button would not send its own value.
    setTimeout(() => button && Object.assign(button, { disabled: true }).setAttribute("data-busy", ""));
    setTimeout(() => {
      release(form);
      if (state.has(form)) state.get(form).textContent = "";
    }, patience);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      release(form);
      if (state.has(form)) state.get(form).textContent = "";
    }
  });
}
