// Comfort only: every page does its work without this.
// Warns before one leaves a page of questions with something on it that is not saved, and judges passages by one key.
(() => {
  "use strict";
  const form = document.getElementById("f");
  if (!form) return;
  let unsaved = false;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  // In the choices of a marked passage, one key says it and goes on to the next choices.
  const groups = [...form.querySelectorAll("fieldset[role=radiogroup]")];
  document.querySelectorAll("[data-keys][hidden]").forEach((hint) => { hint.hidden = false; });
  form.addEventListener("keydown", (event) => {
    const group = event.target.closest("fieldset[data-keys]");
    const key = /^(?:Digit|Numpad)([012])$/.exec(event.code);
    if (!group || !key || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const radios = group.querySelectorAll("input[type=radio]");
    radios[(Number(key[1]) + 2) % 3].click();
    const next = groups[groups.indexOf(group) + 1];
    if (next) (next.querySelector("input:checked") || next.querySelector("input")).focus();
  });
})();
