// Warns before the session ends. Staying is one key; closing the dialog means staying too,
// because whoever closes it is there. Tabs tell each other when the session was renewed.
import { word, hourOf } from "./page.js";

const warning = 5 * 60; // seconds before the end
const minute = 60;

class Watch {
  constructor(dialog) {
    this.dialog = dialog;
    this.text = dialog.querySelector("#session-text");
    this.stay = dialog.querySelector("[data-stay]");
    this.close = dialog.querySelector("[data-close]");
    const { now, idle, ends } = dialog.dataset;
    this.skew = Number(now) - Math.floor(Date.now() / 1000); // of this machine's clock
    this.span = Number(idle) - Number(now);
    this.idle = Number(idle);
    this.ends = Number(ends);
    this.understood = false; // that the session ends in any case
    this.told = false; // that it has ended
    this.tabs = "BroadcastChannel" in window ? new BroadcastChannel("sigue-session") : null;
  }

  start() {
    this.stay.addEventListener("click", () => this.renew());
    this.close.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("cancel", () => this.final() || this.renew());
    this.dialog.addEventListener("close", () => (this.understood = this.final()));
    document.addEventListener("sigue:active", () => this.active(this.now() + this.span));
    document.addEventListener("visibilitychange", () => this.tick());
    if (this.tabs) this.tabs.onmessage = (event) => this.active(event.data, true);
    this.tabs?.postMessage(this.idle);
    setInterval(() => this.tick(), 10_000);
    this.tick();
  }

  now() {
    return Math.floor(Date.now() / 1000) + this.skew;
  }

  /** Whether staying can no longer move the end. */
  final() {
    return this.ends <= this.idle || this.now() >= this.idle;
  }

  /** The session was used, here or in another tab. */
  active(idle, fromTab = false) {
    if (!(idle > this.idle)) return;
    this.idle = Math.min(idle, this.ends);
    if (!fromTab) this.tabs?.postMessage(this.idle);
    if (this.dialog.open && !this.final()) this.dialog.close();
  }

  tick() {
    const left = Math.min(this.idle, this.ends) - this.now();
    const over = left <= 0;
    if (left <= warning) {
      this.tell(left);
      const known = over ? this.told : this.understood;
      if (!this.dialog.open && !known) this.dialog.showModal();
    }
    this.told = over;
  }

  tell(left) {
    const minutes = Math.max(1, Math.ceil(left / minute));
    let text = minutes === 1 ? word("minute") : word("minutes", minutes);
    if (this.ends <= this.idle) text = word("limit", hourOf((this.ends - this.skew) * 1000));
    if (left <= 0) text = word("ended");
    if (this.text.textContent !== text) this.text.textContent = text; // once a minute
    this.stay.hidden = left <= 0 || this.ends <= this.idle;
    this.close.hidden = !this.stay.hidden;
  }

  async renew() {
    try {
      const reply = await fetch("/sesion/seguir", { method: "POST", headers: { Accept: "application/json" } });
      if (!reply.ok) throw reply.status;
      const { idle, ends, now } = await reply.json();
      this.skew = now - Math.floor(Date.now() / 1000);
      this.ends = ends;
      this.active(idle);
      if (this.dialog.open) this.dialog.close();
    } catch (status) {
      if (status === 401) this.idle = this.now();
      else this.text.textContent = word("offline");
      this.tick();
    }
  }
}

export function session() {
  const dialog = document.getElementById("session");
  if (dialog?.showModal && dialog.dataset.idle) new Watch(dialog).start();
}
