// Comfort only: every page does its work without this.
// Warns before one leaves a page of questions with something on it that is not saved, judges passages by one key, and
// marks the sentence of a document that is selected.
(() => {
  "use strict";
  const part = (range, element) => {
    const own = document.createRange();
    own.selectNodeContents(element);
    if (!range.intersectsNode(element)) return "";
    const { startContainer, startOffset, endContainer, endOffset } = range;
    if (range.compareBoundaryPoints(Range.START_TO_START, own) > 0) own.setStart(startContainer, startOffset);
    if (range.compareBoundaryPoints(Range.END_TO_END, own) < 0) own.setEnd(endContainer, endOffset);
    return own.toString().trim();
  };
  // What is selected of a paragraph is put into the form beside it: one sentence, or else the paragraph.
  const pick = () => {
    const selection = document.getSelection();
    if (selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const paragraphs = [...document.querySelectorAll("[data-sentences]")].filter((each) => part(range, each));
    const details = paragraphs.length === 1 && paragraphs[0].closest("li").querySelector("details");
    if (!details) return;
    const sentences = [...paragraphs[0].children];
    const picked = sentences.filter((each) => part(range, each));
    const alone = picked.length === 1 && sentences.length > 1;
    const { anchor } = details.querySelector("form").elements;
    const words = details.querySelector("output");
    anchor.value = paragraphs[0].dataset.sentences + (alone ? `.${sentences.indexOf(picked[0]) + 1}` : "");
    words.textContent = alone ? picked[0].textContent.trim() : paragraphs[0].textContent.trim();
    words.hidden = false;
    details.open = true;
  };
  document.querySelectorAll("[data-selecting]").forEach((hint) => {
    hint.hidden = false;
    let waiting;
    document.addEventListener("selectionchange", () => {
      clearTimeout(waiting);
      waiting = setTimeout(pick, 300);
    });
  });
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
