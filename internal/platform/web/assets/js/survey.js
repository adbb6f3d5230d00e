// A survey: each question can be read aloud, and a kiosk forgets who walked away.

const shortest = 5; // seconds

/** Reads text aloud in the language of the page; what was being read stops. */
function say(text) {
  speechSynthesis.cancel();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = document.documentElement.lang;
  speechSynthesis.speak(words);
}

function question(part) {
  const asked = part.querySelector("legend, label");
  const answers = [...part.querySelectorAll(".answer label")].map((label) => label.textContent.trim());
  return [asked.textContent.trim(), ...answers].join(". ");
}

function readAloud(form) {
  if (!("speechSynthesis" in window)) return;
  for (const part of form.querySelectorAll(".field")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet small";
    button.textContent = form.dataset.speak;
    button.setAttribute("aria-label", `${form.dataset.speak}: ${part.querySelector("legend, label").textContent.trim()}`);
    button.addEventListener("click", () => say(question(part)));
    part.append(button);
  }
  addEventListener("pagehide", () => speechSynthesis.cancel());
}

/** Goes back to a fresh page when nobody has touched anything for some seconds. */
function forget(page) {
  let timer = 0;
  const again = () => location.replace(page.dataset.start);
  const touched = () => {
    clearTimeout(timer);
    timer = setTimeout(again, Math.max(Number(page.dataset.idle), shortest) * 1000);
  };
  for (const event of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(event, touched, { passive: true });
  // A page that the browser kept shows what the person before had marked.
  addEventListener("pageshow", (event) => event.persisted && again());
  touched();
}

export function survey() {
  const page = document.querySelector("[data-survey]");
  for (const form of page.querySelectorAll("form[data-speak]")) readAloud(form);
  if (page.dataset.idle) forget(page);
}
