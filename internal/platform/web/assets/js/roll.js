// A roll call keeps itself: each mark is sent at once, and again when the connection is
// back. Every sending holds the whole list and the name of this page, so that what arrives
// twice is recorded once. Keys 1 to 4 mark the line in which the focus is and go on.

const firstRetry = 2000;
const lastRetry = 30000;

class Roll {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-roll-status]");
    this.retry = firstRetry;
    this.timer = 0;
    this.dirty = false;
    this.running = false;
  }

  later(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), delay);
  }

  /** A list that asks why it comes late is sent when the reason is there. */
  ready() {
    const late = this.form.elements.namedItem("late_reason");
    return !late || late.value.trim().length >= 5;
  }

  async send() {
    if (this.running || !this.dirty || this.form.dataset.sent || !this.ready()) return;
    this.running = true;
    this.dirty = false;
    this.status.textContent = this.form.dataset.rollSending;
    const body = new FormData(this.form);
    body.delete("note"); // it is sent by its button
    try {
      const reply = await fetch(this.form.action, {
        method: "POST",
        headers: { "X-Autosave": "1", Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(body).toString(),
        keepalive: true,
      });
      const answer = await reply.json().catch(() => ({}));
      if (reply.ok) this.heard(answer);
      else if (reply.status < 500) this.say(answer.message, true);
      else throw new Error(reply.status);
    } catch {
      this.dirty = true;
      this.say(this.form.dataset.rollOffline, true);
      this.later(this.retry);
      this.retry = Math.min(this.retry * 2, lastRetry);
    }
    this.running = false;
    if (this.dirty && this.retry === firstRetry) this.later(0);
  }

  heard(answer) {
    this.retry = firstRetry;
    for (const line of this.form.querySelectorAll("[data-line]")) {
      const id = line.dataset.line;
      const version = this.form.elements.namedItem("v_" + id);
      if (version && id in answer.versions) version.value = answer.versions[id];
      line.querySelector("[data-clash]").textContent = answer.clashes[id] ?? "";
    }
    this.say(answer.message, Object.keys(answer.clashes).length > 0);
    document.dispatchEvent(new Event("sigue:active"));
  }

  say(message, trouble) {
    this.status.textContent = message ?? "";
    this.status.classList.toggle("trouble", trouble);
  }

  marked() {
    this.dirty = true;
    this.later(300);
  }

  /** Keys 1 to 4 mark a line and go to the next one. */
  key(event) {
    const line = event.target.closest?.("[data-line]");
    if (!line || event.ctrlKey || event.altKey || event.metaKey || !/^[1-4]$/.test(event.key)) return;
    event.preventDefault();
    line.querySelectorAll("input[type=radio]")[event.key - 1].checked = true;
    this.marked();
    const lines = [...this.form.querySelectorAll("[data-line]")];
    const next = lines[lines.indexOf(line) + 1];
    (next?.querySelector("input:checked, input[type=radio]") ?? this.form.querySelector("button")).focus();
  }
}

export function roll() {
  for (const form of document.querySelectorAll("form[data-roll]")) {
    const list = new Roll(form);
    form.addEventListener("change", (event) => event.target.name !== "note" && list.marked());
    form.addEventListener("keydown", (event) => list.key(event));
    addEventListener("online", () => list.later(0));
    addEventListener("beforeunload", (event) => list.dirty && !form.dataset.sent && event.preventDefault());
  }
}
