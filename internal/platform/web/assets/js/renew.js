// What is made in the background shows how far it is, until it is made. Only that part of
// the page is renewed: what is typed elsewhere stays.
const every = 2000;
const longest = 15 * 60 * 1000; // after which a forgotten page stops asking

export function renew(part) {
  const started = Date.now();
  const again = () => Date.now() - started < longest && setTimeout(ask, every);
  const ask = async () => {
    let fresh;
    try {
      const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!reply.ok) return;
      fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById(part.id);
    } catch {
      return again(); // no connection at this moment
    }
    if (!fresh) return; // the session ended
    const made = !fresh.hasAttribute("aria-busy");
    if (made || !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
    if (!made) return again();
    part.removeAttribute("aria-busy");
  };
  again();
}
