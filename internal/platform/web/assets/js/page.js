// What the other scripts share: the program's sentences and polite announcements.

const words = document.getElementById("words");

/** The sentence of that name in the page's language, with %s filled. */
export function word(name, value = "") {
  return (words?.dataset[name] ?? "").replace("%s", value);
}

/** A new empty paragraph after element, read out by screen readers when it is filled. */
export function statusAfter(element, className = "hint") {
  const status = document.createElement("p");
  status.className = className;
  status.setAttribute("role", "status");
  element.after(status);
  return status;
}

/** hh:mm of an instant in milliseconds, on this machine's clock. */
export function hourOf(ms) {
  return new Date(ms).toLocaleTimeString("es-MX", { hour: "2-digit", minute: "2-digit", hour12: false });
}
