// What the harness asks of a page. Each function is evaluated where it is called, at
// once and whole: nothing waits in here, because with JavaScript off nothing would wake.
({
  shown(e) {
    return e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  },

  plain(text) {
    return (text ?? "").replace(/\s+/g, " ").trim().toLowerCase();
  },

  /** What a person would call a control. */
  nameOf(e) {
    const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.innerText ?? "");
    return this.plain(
      by.join(" ").trim() || e.getAttribute("aria-label") || (e.tagName === "INPUT" ? e.value : e.innerText || e.title),
    );
  },

  isSelector(what) {
    return /^[#.[]/.test(what) || /^[a-z]+[#.[:> ][^ ]*[\]=#.>:]/.test(what);
  },

  controls() {
    const all = "a[href], button, summary, label, input[type=submit], input[type=button], input[type=reset], [role=button], [role=tab]";
    const main = [...document.querySelectorAll("main")].flatMap((m) => [...m.querySelectorAll(all)]);
    return [...new Set([...document.querySelectorAll("dialog[open] *")].filter((e) => e.matches(all)).concat(main, [...document.querySelectorAll(all)]))].filter(
      (e) => this.shown(e),
    );
  },

  /** A control by selector or by its text: the same, its beginning, or a part of it. */
  control(what) {
    if (this.isSelector(what)) return [...document.querySelectorAll(what)].find((e) => this.shown(e)) ?? null;
    const wanted = this.plain(what);
    const named = this.controls().map((e) => [e, this.nameOf(e)]);
    for (const fits of [(n) => n === wanted, (n) => n.startsWith(wanted), (n) => n.includes(wanted)]) {
      const found = named.find(([, n]) => fits(n));
      if (found) return found[0];
    }
    return null;
  },

  /** Fields by name, id or label; a field that is drawn by its label counts as shown. */
  fields(what) {
    const all = [...document.querySelectorAll("input, select, textarea")].filter((e) => e.type !== "hidden");
    const seen = (e) => this.shown(e) || [...(e.labels ?? [])].some((l) => this.shown(l));
    const usable = all.filter(seen);
    const named = usable.filter((e) => e.name === what || e.id === what);
    if (named.length) return named;
    const wanted = this.plain(what);
    const labels = (e) => [...(e.labels ?? [])].map((l) => this.plain(l.innerText)).concat(this.plain(e.getAttribute("aria-label")));
    const same = usable.filter((e) => labels(e).includes(wanted));
    return same.length ? same : usable.filter((e) => labels(e).some((l) => l.startsWith(wanted)));
  },

  field(what) {
    if (this.isSelector(what)) return document.querySelector(what);
    return this.fields(what)[0] ?? null;
  },

  /** The radio button or checkbox of a group that has a value or a label. */
  choice(name, wanted) {
    const group = this.fields(name);
    const legend = [...document.querySelectorAll("fieldset")].find((f) => this.plain(f.querySelector("legend")?.innerText).startsWith(this.plain(name)));
    const all = group.length && group[0].type.match(/radio|checkbox/) ? group : [...(legend?.querySelectorAll("input") ?? [])];
    const label = (e) => [...(e.labels ?? [])].map((l) => this.plain(l.innerText)).join(" ");
    return (
      all.find((e) => e.value === wanted) ??
      all.find((e) => label(e) === this.plain(wanted)) ??
      all.find((e) => label(e).startsWith(this.plain(wanted))) ??
      null
    );
  },

  /** Chooses of a list by value or text; false when there is no such option. */
  select(list, wanted) {
    const options = [...list.options];
    const option =
      options.find((o) => o.value === wanted) ??
      options.find((o) => this.plain(o.text) === this.plain(wanted)) ??
      options.find((o) => this.plain(o.text).startsWith(this.plain(wanted)));
    if (!option || option.disabled) return false;
    list.focus();
    option.selected = true;
    list.dispatchEvent(new Event("input", { bubbles: true }));
    list.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  },

  /** Where to click an element, or why a person could not. */
  target(e) {
    if (!e) return { missing: true };
    if (e.disabled) return { problem: "it is disabled" };
    // A choice that is drawn by its label is clicked there.
    const drawn = this.shown(e) && e.getBoundingClientRect().width > 4 && getComputedStyle(e).opacity !== "0";
    if (!drawn) e = [...(e.labels ?? [])].find((l) => this.shown(l)) ?? e;
    e.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const r = e.getClientRects()[0];
    if (!r) return { problem: "it is not shown" };
    const x = r.left + r.width / 2, y = r.top + r.height / 2;
    const top = document.elementFromPoint(x, y);
    if (!top) return { problem: "it lies outside the window" };
    const same = e.contains(top) || top.contains(e) || top.closest("label")?.control === e;
    if (!same) return { problem: "it is covered by <" + top.tagName.toLowerCase() + " class=\"" + top.className + "\">" };
    const link = e.closest("a[href]"), button = e.closest("button, input");
    const leaves =
      (link && !link.target && !link.hasAttribute("download") && link.href.split("#")[0] !== location.href.split("#")[0]) ||
      (button && /^(submit|image)$/.test(button.type) && button.form && (button.formNoValidate || button.form.noValidate || button.form.checkValidity()));
    return { x, y, leaves: Boolean(leaves) };
  },

  /** Brings the cursor into a field with its text selected, as the Tab key does. */
  enter(e) {
    if (!e) return { missing: true };
    if (e.disabled || e.readOnly) return { problem: "it cannot be written in" };
    e.scrollIntoView({ block: "center", behavior: "instant" });
    e.focus();
    if (document.activeElement !== e) return { problem: "it cannot take the cursor" };
    e.select?.();
    return {};
  },

  text() {
    return document.body?.innerText ?? "";
  },

  sees(text) {
    return this.plain(this.text()).includes(this.plain(text));
  },

  /** What could be clicked and filled here, for a message about what could not. */
  outline() {
    const names = this.controls().map((e) => this.nameOf(e)).filter(Boolean);
    const fields = [...document.querySelectorAll("input, select, textarea")].filter((e) => e.type !== "hidden").map((e) => e.name || e.id);
    return "controls: " + [...new Set(names)].slice(0, 60).join(" | ") + "\nfields: " + [...new Set(fields)].join(", ");
  },
})
