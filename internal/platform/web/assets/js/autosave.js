// Saves a draft while it is being written: 1.5 s after the last key, and when the page is
// left. One request at a time, because each carries the version that the one before gave.
import { word, statusAfter } from "./page.js";

const pause = 1500;
const firstRetry = 5000;
const lastRetry = 60000;
const keepaliveLimit = 60000; // bytes that a browser still sends for a page that is gone

class Draft {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-autosave-status]") ?? statusAfter(form, "autosave");
    this.stored = this.body();
    this.timer = 0;
    this.running = null; // promise of the request under way
    this.retry = firstRetry;
    this.stopped = false; // a conflict: only the person can go on
    this.leaving = false; // the form itself is being sent
  }

  /** What the form would send, without files. */
  body() {
    const fields = [...new FormData(this.form)].filter(([, value]) => typeof value === "string");
    return new URLSearchParams(fields).toString();
  }

  changed() {
    return !this.stopped && !this.leaving && this.body() !== this.stored;
  }

  later(delay = pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  async save() {
    clearTimeout(this.timer);
    if (this.running || !this.changed()) return;
    this.running = this.send(this.body());
    await this.running;
    this.running = null;
  }

  async send(body) {
    const action = this.form.getAttribute("action") || location.pathname + location.search;
    try {
      const reply = await fetch(action, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Autosave": "1",
          Accept: "application/json",
        },
        body,
        keepalive: body.length < keepaliveLimit,
      });
      await this.heard(reply, body);
    } catch {
      this.again(word("offline"));
    }
  }

  async heard(reply, body) {
    const answer = await reply.json().catch(() => ({}));
    if (reply.ok) return this.done(answer, body);
    if (reply.status === 409) {
      this.stopped = true;
      return this.say(answer.message, true);
    }
    if (reply.status === 401) return this.say(word("ended"), true);
    if (reply.status === 422) {
      this.stored = body; // nothing to gain from sending it again unchanged
      return this.say(answer.message, true);
    }
    this.again(answer.message ?? word("failed"));
  }

  done(answer, body) {
    this.retry = firstRetry;
    this.stored = body;
    const version = this.form.querySelector('input[name="version"]');
    if (version && answer.version) {
      version.value = answer.version;
      const sent = new URLSearchParams(body);
      sent.set("version", answer.version);
      this.stored = sent.toString();
    }
    this.say(word("saved", answer.saved), false);
    document.dispatchEvent(new Event("sigue:active"));
    if (this.changed()) this.later();
  }

  again(message) {
    this.say(message, true);
    this.later(this.retry);
    this.retry = Math.min(this.retry * 2, lastRetry);
  }

  say(message, trouble) {
    this.status.textContent = message ?? "";
    this.status.classList.toggle("trouble", trouble);
  }

  /** Sends the form only after the autosave under way has given it its version. */
  submitting(event) {
    clearTimeout(this.timer);
    if (!this.running) {
      this.leaving = true;
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    this.running.then(() => this.form.requestSubmit(button));
  }

  /** The page came back out of the browser's memory: its version may be an old one. */
  returned() {
    this.leaving = false;
    if (!this.changed()) location.reload();
  }
}

export function autosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) {
    const draft = new Draft(form);
    form.addEventListener("input", () => draft.later());
    form.addEventListener("change", () => draft.later());
    form.addEventListener("submit", (event) => draft.submitting(event));
    addEventListener("online", () => draft.save());
    addEventListener("pagehide", () => draft.save());
    addEventListener("pageshow", (event) => event.persisted && draft.returned());
    document.addEventListener("visibilitychange", () => document.hidden && draft.save());
  }
}
