// Marks of a roll call that no server has heard of yet, kept in this browser, so that they
// outlive a closed tab, an empty battery and the end of a session. What is kept is opaque:
// ids and marks, no name. Each account has its own, because a computer is shared.
import { word } from "./page.js";

const prefix = "sigue-unsent:";
const longest = 7 * 24 * 3600 * 1000; // after which nobody sends a roll call by itself any more

function account() {
  return document.getElementById("session")?.dataset.account ?? "";
}

/** The unsent marks of one roll call: {once, marks: {id: {mark, version}}}. */
export class Unsent {
  constructor(path) {
    this.key = prefix + account() + ":" + path;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? { marks: {} };
    } catch {
      return { marks: {} };
    }
  }

  /** Keeps marks, the named page's; another tab of the same account keeps its own beside them. */
  keep(once, marks) {
    const { marks: kept } = this.read();
    this.write({ once, at: Date.now(), marks: { ...kept, ...marks } });
  }

  /** Forgets what was sent, but not what was marked anew meanwhile. */
  forget(sent) {
    const all = this.read();
    for (const [id, { mark }] of Object.entries(sent)) if (all.marks[id]?.mark === mark) delete all.marks[id];
    this.write(all);
  }

  write(all) {
    try {
      if (Object.keys(all.marks).length) localStorage.setItem(this.key, JSON.stringify(all));
      else localStorage.removeItem(this.key);
    } catch {
      // No storage, as in some private windows: the page itself still holds the marks.
    }
  }
}

/** Says on any page that marks wait in this browser, and where they are sent. */
export function unsent() {
  const mine = prefix + account() + ":";
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(prefix))) {
    const path = key.slice(mine.length);
    const { at } = new Unsent(path).read();
    if (at && Date.now() - at > longest) localStorage.removeItem(key);
    else if (account() && key.startsWith(mine) && !location.pathname.startsWith(path)) say(path);
  }
}

function say(path) {
  const notice = document.createElement("div");
  notice.className = "notice urgent";
  notice.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = path;
  link.textContent = word("unsentOpen");
  const text = document.createElement("p");
  text.append(word("unsent"), " ", link);
  notice.append(text);
  document.querySelector("main")?.prepend(notice);
}
