// Comfort only: every page does its work without this.
//
// Saves each answer as soon as it is given, and keeps it on this device until the server has said that it is saved.
// What was not acknowledged is sent again, by this page or by the next one: to say the same once more changes nothing,
// and a newer answer is never overwritten, because each answer is sent with the version that its reader saw.
//
// A question's fields are those named `<id>` and `<id>#<part>`, beside the hidden `<id>#version`. Fields within
// `data-on-save` wait for the button; questions within one `data-together` are sent together. The sentences come from
// the page, as the data of an element.
(() => {
  "use strict";
  const words = document.getElementById("autosave").dataset;
  const form = document.getElementById("f");
  const status = document.getElementById("saved");
  const score = document.getElementById("score-now");
  const MINE = `article34:${words.person}/`;
  const KEY = MINE + words.assessment;
  const AT_ONCE = 20; // questions in one request
  const IDLE = 2000; // milliseconds after the last letter
  const RETRY = 15000;

  const waiting = new Map(); // question → its fields, given here and not acknowledged
  const problems = new Map(); // question → what clears the note beside it
  const withButton = new Set(); // questions with something in fields that wait for the button
  let kept = true; // this browser lets us keep answers
  let down = false; // the last request did not get through
  let sending = null; // the request under way
  let timer = 0;
  let submitting = false;

  // ── On this device

  const stored = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  };

  const store = (question, fields) => {
    try {
      const all = stored();
      if (fields) all[question] = fields;
      else delete all[question];
      if (Object.keys(all).length) localStorage.setItem(KEY, JSON.stringify(all));
      else localStorage.removeItem(KEY);
      kept = true;
    } catch {
      kept = false;
    }
  };

  const forget = (whose) => {
    try {
      Object.keys(localStorage).filter((key) => key.startsWith("article34:") && whose(key))
        .forEach((key) => localStorage.removeItem(key));
    } catch {
      // nothing is kept where nothing may be
    }
  };

  // ── What is said

  const link = (address, text, before) => {
    const anchor = document.createElement("a");
    anchor.href = address;
    anchor.textContent = text;
    if (before) anchor.addEventListener("click", before);
    return anchor;
  };

  const say = (...parts) => {
    if (!status) return;
    status.replaceChildren(...parts.filter(Boolean).flatMap((part) => [part, " "]));
  };

  const notYet = (why, way) => say(why, kept ? words.kept : words.unkept, way);

  const showProblem = ({ question, target, sentence, link: address }) => {
    const control = document.getElementById(target);
    if (!control) return say(sentence, link(address, words.open));
    const id = `${target}-err`;
    const note = document.getElementById(id) || document.createElement("p");
    note.id = id;
    note.className = "error";
    note.replaceChildren(sentence);
    if (address) {
      note.append(" ", link(address, words.show, () => { // they take the saved answer
        store(question);
        problems.delete(question);
      }));
    }
    const list = control.closest(".options");
    const typed = !list && control.matches("input, select, textarea");
    const described = typed ? control : control.closest("fieldset");
    const before = described.getAttribute("aria-describedby");
    (list || control).before(note);
    if (!`${before}`.split(" ").includes(id)) described.setAttribute("aria-describedby", [id, before].filter(Boolean).join(" "));
    if (typed) control.setAttribute("aria-invalid", "true");
    const clearOthers = problems.get(question);
    problems.set(question, () => {
      if (clearOthers) clearOthers();
      note.remove();
      if (before) described.setAttribute("aria-describedby", before);
      else described.removeAttribute("aria-describedby");
      if (typed) control.removeAttribute("aria-invalid");
    });
  };

  // ── Fields

  const questionOf = (name) => name.split("#")[0];
  const versionOf = (question) => form && form.elements[`${question}#version`];

  const fieldsOf = (question, whole) => {
    const later = new Set([...form.querySelectorAll("[data-on-save] [name]")].map((field) => field.name));
    return [...new FormData(form)].filter(([name, value]) =>
      questionOf(name) === question && typeof value === "string" && (whole || !later.has(name)));
  };

  const fill = (question, fields) => {
    for (const field of form.elements) {
      if (questionOf(field.name || "") !== question || field.type === "file") continue;
      if (field.type === "hidden" && !field.name.endsWith("#version")) continue;
      const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
  };

  const wait = (question, fields) => {
    waiting.set(question, fields);
    store(question, fields);
  };

  // ── Sending

  const acknowledge = (question, version, sent) => {
    const field = versionOf(question);
    if (field) field.value = version;
    if (problems.has(question)) problems.get(question)();
    problems.delete(question);
    const now = waiting.get(question);
    if (now && now !== sent) { // changed meanwhile: the change was made on what has just been saved
      wait(question, now.map(([name, value]) => [name, name === `${question}#version` ? `${version}` : value]));
      return;
    }
    waiting.delete(question);
    if (JSON.stringify(stored()[question]) === JSON.stringify(sent)) store(question);
    const later = form ? [...form.querySelectorAll("[data-on-save] [name]")] : [];
    for (const field of later.filter(({ name, value }) => value && sent.some(([n, v]) => n === name && v === value))) {
      if (field.type !== "checkbox") field.value = ""; // it is evidence now
      withButton.delete(question);
    }
  };

  const settle = (batch, answer) => {
    if (answer.note) say(answer.note);
    if (answer.score && score) score.textContent = answer.score;
    for (const [question, fields] of batch) {
      if (question in answer.versions) acknowledge(question, answer.versions[question], fields);
      else if (waiting.get(question) === fields) waiting.delete(question); // kept on this device until it is mended
    }
    answer.problems.forEach(showProblem);
    if (problems.size) say(answer.note, words.problems);
    else if (withButton.size) say(answer.note, words.evidence);
  };

  const refuse = async (response) => {
    if (response.status === 401) return notYet(words.session, link(words.signIn, words.signInText));
    if (response.status === 400) return notYet(words.stale, link(location.href, words.reload));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    notYet(`${page.querySelector("h1").textContent}.`);
    if (response.status >= 500) later(RETRY);
  };

  const post = async (batch) => {
    const token = document.querySelector("input[name=csrf_token]").value;
    const body = new URLSearchParams([["csrf_token", token], ...batch.flatMap(([, fields]) => fields)]);
    try {
      // It arrives even if the page is left meanwhile, unless it is longer than browsers promise to send then.
      const keepalive = `${body}`.length < 60000;
      const response = await fetch(words.address, { method: "POST", body, keepalive });
      down = false;
      if ((response.headers.get("Content-Type") || "").startsWith("application/json")) {
        settle(batch, await response.json());
        return true;
      }
      await refuse(response);
    } catch {
      down = true;
      notYet(words.line);
      later(RETRY);
    }
    return false;
  };

  // Sends what waits, one request after the other. Tells if all of it got through.
  const send = async (asking = false) => {
    clearTimeout(timer);
    while (sending) await sending;
    let through = true;
    while (through && (waiting.size || asking)) {
      asking = false;
      sending = post([...waiting].slice(0, AT_ONCE));
      through = await sending;
      sending = null;
    }
    return through;
  };

  const later = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(send, milliseconds);
  };

  // ── What people do

  const changed = (field) => {
    const question = questionOf(field.name || "");
    if (!versionOf(question)) return false;
    if (field.closest("[data-on-save]")) {
      withButton.add(question);
      say(words.evidence);
      return false;
    }
    const group = field.closest("[data-together]");
    const fields = group ? [...group.querySelectorAll("[name$='#version']")].map(({ name }) => questionOf(name)) : [question];
    for (const each of fields) wait(each, fieldsOf(each, false));
    return true;
  };

  const submit = async (event) => {
    if (submitting) return;
    for (const question of withButton) store(question, fieldsOf(question, true)); // should the line fail just now
    if (!sending && !down && navigator.onLine) {
      submitting = true;
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    if (down || !navigator.onLine) for (const question of withButton) wait(question, fieldsOf(question, true));
    if (!await send(down || !navigator.onLine)) return;
    submitting = true;
    form.requestSubmit(button);
  };

  const signOut = (event) => {
    const some = Object.keys(stored()).length || waiting.size;
    if (some && !confirm(words.signOutQuestion)) event.preventDefault();
    else forget(() => true);
  };

  forget((key) => !key.startsWith(MINE)); // somebody else's, who did not sign out
  document.querySelectorAll("header form").forEach((each) => each.addEventListener("submit", signOut));
  window.addEventListener("online", () => send());
  document.addEventListener("visibilitychange", () => document.hidden && !submitting && send());
  window.addEventListener("pageshow", (event) => { if (event.persisted) submitting = false; });

  const faulty = document.getElementById("errors"); // this page shows what could not be saved, with both of two answers
  for (const [question, fields] of Object.entries(stored())) {
    if (faulty && versionOf(question)) {
      store(question);
      continue;
    }
    if (versionOf(question)) fill(question, fields);
    waiting.set(question, fields);
  }
  send();

  if (!form) return;
  form.addEventListener("input", ({ target }) => changed(target) && later(IDLE));
  form.addEventListener("change", ({ target }) => changed(target) && send());
  form.addEventListener("submit", submit);
  window.addEventListener("beforeunload", (event) => {
    if (!submitting && (withButton.size || problems.size || (waiting.size && (!kept || down)))) event.preventDefault();
  });
})();
