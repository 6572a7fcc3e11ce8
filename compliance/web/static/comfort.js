// Comfort only: every page does its work without this.
// Warns before one leaves a page of questions with something on it that is not saved.
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
})();
