// A roll call keeps itself: each mark is kept in this browser and sent at once, and again
// when the connection is back, also after the tab was closed. Every sending holds the name
// of this page, so that what arrives twice is recorded once, and the version of each line
// as it is shown, so that what somebody else marked meanwhile is shown and not overwritten.
// Keys 1 to 4 mark a line and go on.
import { off } from "./keys.js";
import { Unsent } from "./unsent.js";

const firstRetry = 2000;
const lastRetry = 30000;
const listen = 10_000; // how often others' marks are asked for while somebody is at work here
const atWork = 60_000;

class Roll {
  constructor(form) {
    this.form = form;
    this.lines = [...form.querySelectorAll("[data-line]")];
    this.status = form.querySelector("[data-roll-status]");
    this.unsent = new Unsent(form.dataset.roll);
    this.marks = {}; // by line, those that no answer has confirmed
    this.wanted = false; // the button was pressed, and the list has not arrived
    this.retry = firstRetry;
    this.timer = 0;
    this.running = null; // promise of the request under way
    this.leaving = false;
    this.active = Date.now();
    this.heardAt = Date.now();
  }

  start() {
    this.form.addEventListener("change", (event) => this.changed(event.target));
    this.form.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("keydown", (event) => this.key(event));
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, () => (this.active = Date.now()));
    addEventListener("online", () => this.later(0));
    addEventListener("beforeunload", (event) => (this.wanted || this.waiting()) && !this.leaving && event.preventDefault());
    document.addEventListener("visibilitychange", () => this.listen());
    setInterval(() => this.listen(), listen);
    this.form.querySelector("[data-roll-keys]").classList.remove("keys");
    this.resume();
  }

  /** Takes up what an earlier showing of this page could not send. */
  resume() {
    const { once, marks } = this.unsent.read();
    for (const line of this.lines) {
      const kept = marks[line.dataset.line];
      if (!kept) continue;
      this.show(line, kept.mark);
      this.version(line).value = kept.version;
      this.marks[line.dataset.line] = kept;
    }
    this.unsent.forget(marks);
    if (!this.waiting()) return;
    this.form.elements.namedItem("once").value = once;
    this.unsent.keep(once, this.marks);
    this.later(0);
  }

  waiting() {
    return Object.keys(this.marks).length > 0;
  }

  version(line) {
    return this.form.elements.namedItem("v_" + line.dataset.line);
  }

  show(line, mark) {
    for (const answer of line.querySelectorAll("input[type=radio]")) answer.checked = answer.value === mark;
  }

  changed(input) {
    const line = input.closest("[data-line]");
    if (line && input.type === "radio") this.mark(line, input.value);
    else if (input.name === "late_reason") this.later(0);
  }

  mark(line, mark) {
    this.marks[line.dataset.line] = { mark, version: this.version(line).value };
    this.unsent.keep(this.form.elements.namedItem("once").value, this.marks);
    this.later(300);
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

  /** What others marked is asked for while somebody is at work on a page that is seen. */
  listen() {
    const now = Date.now();
    if (!document.hidden && now - this.active < atWork && now - this.heardAt >= listen / 2) this.send();
  }

  async send() {
    if (this.running || this.leaving) return;
    if (this.wanted) return this.run(() => this.finish());
    if (!this.ready()) return;
    const sent = { ...this.marks };
    if (this.waiting()) this.say(this.form.dataset.rollSending);
    await this.run(async () => this.heard(await this.post(this.body(sent)), sent));
    if (this.waiting() && this.retry === firstRetry) this.later(0);
  }

  /** One request at a time; what does not arrive is sent again, later and later. */
  async run(request) {
    this.running = request().catch(() => this.offline());
    await this.running;
    this.running = null;
  }

  /** The marks not yet confirmed, and the version of each line that is shown. */
  body(sent) {
    const body = new URLSearchParams();
    for (const name of ["once", "late_reason"]) {
      const field = this.form.elements.namedItem(name);
      if (field) body.set(name, field.value);
    }
    for (const line of this.lines) {
      const id = line.dataset.line;
      body.set("v_" + id, sent[id]?.version ?? this.version(line).value);
      if (sent[id]) body.set("m_" + id, sent[id].mark);
    }
    return body;
  }

  post(body) {
    return fetch(this.form.action, {
      method: "POST",
      headers: { "X-Autosave": "1", Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
      body: body.toString(),
      keepalive: true,
    });
  }

  offline() {
    this.say(this.form.dataset.rollOffline, true);
    this.later(this.retry);
    this.retry = Math.min(this.retry * 2, lastRetry);
  }

  async heard(reply, sent) {
    const answer = await reply.json().catch(() => ({}));
    if (reply.status >= 500) throw new Error(reply.status);
    this.retry = lastRetry; // what was refused is not sent again by itself
    if (!reply.ok) return this.say(answer.message, true);
    this.retry = firstRetry;
    this.heardAt = Date.now();
    this.confirm(sent);
    const news = this.lines.filter((line) => this.take(line, answer.lines[line.dataset.line]));
    const gave = Object.keys(sent).length > 0;
    if (gave) document.dispatchEvent(new Event("sigue:active"));
    if (gave || news.length || this.status.classList.contains("trouble")) this.say(answer.message, answer.clashes > 0);
  }

  confirm(sent) {
    for (const [id, { mark }] of Object.entries(sent)) if (this.marks[id]?.mark === mark) delete this.marks[id];
    this.unsent.forget(sent);
  }

  /** Shows a line as it stands, and who marked it if that was somebody else; tells whether it changed. */
  take(line, stands) {
    const version = this.version(line);
    if (!stands || this.marks[line.dataset.line] || stands.version === Number(version.value)) return false;
    this.show(line, stands.mark);
    version.value = stands.version;
    const note = line.querySelector("[data-other]");
    note.textContent = stands.other;
    note.classList.toggle("error", stands.clash);
    return true;
  }

  say(message, trouble = false) {
    this.status.textContent = message ?? "";
    this.status.classList.toggle("trouble", trouble);
  }

  /** The button sends the whole list, with the note. Where nothing arrives, the page and
      what was typed stay, and it is sent again. */
  async submitted(event) {
    event.preventDefault();
    const { name, value } = event.submitter ?? {};
    if (name) for (const line of this.lines.filter((l) => !l.querySelector("input:checked"))) {
      this.show(line, value);
      this.mark(line, value);
    }
    await this.running;
    if (this.leaving) return;
    clearTimeout(this.timer);
    this.wanted = true;
    this.send();
  }

  /** Where something is wrong, the server's page says what: the form goes as one without scripts does. */
  async finish() {
    this.say(this.form.dataset.rollSending);
    const reply = await this.post(new URLSearchParams(new FormData(this.form)));
    if (reply.status >= 500) throw new Error(reply.status);
    const marked = this.lines.some((line) => line.querySelector("input:checked"));
    const answer = reply.ok && marked ? await reply.json() : { clashes: 1 };
    this.leaving = true;
    if (answer.clashes) return this.form.submit();
    this.unsent.forget(this.unsent.read().marks);
    location.assign(this.form.dataset.roll + "?aviso=guardado");
  }

  /** Keys 1 to 4 mark the line in which the focus is, or the first without a mark. */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-4]$/.test(event.key)) return;
    const free = document.activeElement === document.body && !off();
    const line = event.target.closest?.("[data-line]") ?? (free ? this.lines.find((l) => !l.querySelector("input:checked")) : null);
    if (!line) return;
    event.preventDefault();
    const answer = line.querySelectorAll("input[type=radio]")[event.key - 1];
    answer.checked = true;
    this.mark(line, answer.value);
    const next = this.lines[this.lines.indexOf(line) + 1];
    (next?.querySelector("input:checked, input[type=radio]") ?? this.form.querySelector("button")).focus();
  }
}

export function roll() {
  for (const form of document.querySelectorAll("form[data-roll]")) new Roll(form).start();
}
