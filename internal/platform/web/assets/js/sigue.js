// Everything here only makes pages quicker: each works without it.
import { autosave } from "./autosave.js";
import { fill } from "./fill.js";
import { keys } from "./keys.js";
import { menu } from "./menu.js";
import { once } from "./once.js";
import { session } from "./session.js";

fill(); // before autosave: what it fills is then a change
autosave(); // before once: a submit that waits for a save is not yet sent
once();
session();
keys();
menu();
// Only the roll call needs it.
if (document.querySelector("form[data-roll]")) import("./roll.js").then(({ roll }) => roll());
// Only where a text with fields is written.
if (document.querySelector("[data-insert]")) import("./insert.js").then(({ insert }) => insert());
// Only where marks wait in this browser.
if (Object.keys(localStorage).some((key) => key.startsWith("sigue-unsent:"))) import("./unsent.js").then(({ unsent }) => unsent());
// Only where something is being made.
for (const part of document.querySelectorAll("[aria-busy][id]")) import("./renew.js").then(({ renew }) => renew(part));
// Only where people are asked.
if (document.querySelector("[data-survey]")) import("./survey.js").then(({ survey }) => survey());
