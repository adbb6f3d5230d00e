// A press on a button writes its text where the cursor stands: in the field that the button
// names, or in the one of the same form in which the cursor stood last.

export function insert() {
  let last = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea, input[type=text]")) last = event.target;
  });
  for (const button of document.querySelectorAll("[data-insert]")) {
    const named = document.querySelector(`[name="${button.dataset.into}"]`);
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = last?.form === named.form ? last : named;
      field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}
