// The card's content: what the evidence says of a claim, and why.

import { text } from "../browser.js";
import { button, element, listOf, sourceOf } from "../elements.js";
import { reasonOf as failureText } from "../texts.js";

/**
 * @typedef {import("./main.js").Finding} Finding
 * @typedef {{modelVersion: string, referenceVersion: string}} Versions
 * @typedef {object} Actions
 * @property {() => void} close
 * @property {(step: 1 | -1) => void} move to the next or previous claim
 * @property {(comment: string) => Promise<{error?: import("../background.js").Failure}>} dispute
 */

const CERTAINTIES = new Set(["high", "moderate", "low", "very-low"]);
const RELATIONS = new Set(["supports", "is-weaker", "reports-no-evidence", "contradicts"]);
const REASONS = new Set([
  "certainty", "magnitude", "scope", "durability", "safety", "comparison", "mechanism", "regulatory", "contradicted", "no-evidence",
]);
const MAX_COMMENT_CHARACTERS = 5000;

/**
 * @param {Finding} finding
 * @param {{place: number, count: number, versions: Versions}} about `place`: from 1, of `count` claims that can be gone to
 * @param {Actions} actions
 */
export function cardOf({ claim, reasons }, { place, count, versions }, actions) {
  const box = element("section", "card");
  const heading = element("h2", claim.verdict, text(`verdict_${claim.verdict}`));
  const words = element("p", "words");
  heading.id = "verdict";
  words.id = "words";
  words.append(element("q", "", claim.text.replace(/\s+/g, " ")));
  box.tabIndex = -1;
  box.lang = text("language");
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", heading.id);
  box.setAttribute("aria-describedby", words.id); // a screen reader says verdict and words when the card opens
  box.append(closerOf(actions), heading, words, element("p", "meaning", text(`meaning_${claim.verdict}`)));
  if (claim.confidence !== null) box.append(element("p", "confidence", confidenceText(claim.confidence)));
  box.append(...whyOf(reasons), ...partsOf(claim.parts), ...evidencesOf(claim.evidence), ...precedentsOf(claim.precedents), footOf(versions), barOf(place, count, actions));
  return box;
}

/** @param {Actions} actions */
function closerOf({ close }) {
  const closer = button("close", "×", close);
  closer.setAttribute("aria-label", text("card_close"));
  return closer;
}

/** @param {number} confidence 0 to 1 */
function confidenceText(confidence) {
  const words = confidence >= 0.9 ? "very_sure" : confidence >= 0.7 ? "fairly_sure" : "unsure";
  return text(`confidence_${words}`, Math.round(confidence * 100));
}

/** @param {Finding["reasons"]} reasons */
function whyOf(reasons) {
  const known = reasons.filter(({ code }) => REASONS.has(code));
  return known.length > 0 ? [element("h3", "", text("card_reasons")), listOf("reasons", known.map(reasonItemOf))] : [];
}

/** @param {{code: string, words: string}} reason */
function reasonItemOf({ code, words }) {
  const item = element("li", "");
  if (words) item.append(element("q", "", words), " ");
  item.append(text(`reason_${code.replace("-", "_")}`));
  return item;
}

/** @param {import("../api.js").Part[]} parts */
function partsOf(parts) {
  return parts.length > 0 ? [element("h3", "", text("card_parts")), listOf("parts", parts.map(partOf))] : [];
}

/** @param {import("../api.js").Part} part */
function partOf({ text: words, verdict, confidence, evidence }) {
  const item = element("li", "");
  const said = element("p", "statement");
  said.append(element("q", "", words), " ", element("strong", verdict, text(`verdict_${verdict}`)));
  item.append(said);
  if (confidence !== null) item.append(element("p", "facts", confidenceText(confidence)));
  if (evidence.length > 0) item.append(listOf("evidence", evidence.map(evidenceOf)));
  return item;
}

/** @param {string[]} precedents */
function precedentsOf(precedents) {
  if (precedents.length === 0) return [];
  const items = precedents.map((words) => {
    const item = element("li", "");
    item.append(element("q", "", words));
    return item;
  });
  return [element("h3", "", text("card_precedents")), listOf("precedents", items)];
}

/** @param {import("../api.js").Evidence[]} evidence */
function evidencesOf(evidence) {
  return evidence.length > 0 ? [element("h3", "", text("card_evidence")), listOf("evidence", evidence.map(evidenceOf))] : [];
}

/** @param {import("../api.js").Evidence} evidence */
function evidenceOf({ statement, certainty, relation, sources }) {
  const item = element("li", "");
  item.append(element("p", "statement", statement));
  const facts = [
    RELATIONS.has(relation) ? text(`relation_${relation.replaceAll("-", "_")}`) : "",
    CERTAINTIES.has(certainty) ? text(`certainty_${certainty.replace("-", "_")}`) : "",
  ].filter(Boolean);
  if (facts.length > 0) item.append(element("p", "facts", facts.join(" ")));
  if (sources.length > 0) item.append(listOf("sources", sources.map(sourceOf)));
  return item;
}

/** @param {Versions} versions */
function footOf({ modelVersion, referenceVersion }) {
  const foot = element("footer", "");
  foot.append(element("p", "advice", text("card_no_advice")));
  if (modelVersion || referenceVersion) {
    foot.append(element("p", "versions", text("versions", modelVersion || "?", referenceVersion || "?")));
  }
  return foot;
}

/** @param {number} place @param {number} count @param {Actions} actions */
function barOf(place, count, actions) {
  const bar = element("div", "bar");
  if (count > 1) {
    bar.append(
      button("step", text("card_previous"), () => actions.move(-1)),
      element("span", "place", text("card_place", place, count)),
      button("step", text("card_next"), () => actions.move(1)),
    );
  }
  const opener = button("dispute", text("dispute_open"), () => opener.replaceWith(disputeOf(actions)));
  bar.append(opener);
  return bar;
}

/** @param {Actions} actions */
function disputeOf({ dispute }) {
  const form = element("div", "form");
  const label = element("label", "", text("dispute_label"));
  const comment = /** @type {HTMLTextAreaElement} */ (element("textarea", ""));
  const hint = element("p", "facts", text("dispute_hint"));
  const status = element("p", "status");
  comment.id = "comment";
  comment.rows = 3;
  comment.maxLength = MAX_COMMENT_CHARACTERS;
  label.setAttribute("for", comment.id);
  hint.id = "dispute-hint";
  comment.setAttribute("aria-describedby", hint.id);
  status.setAttribute("role", "status");
  const send = button("send", text("dispute_send"), async () => {
    const said = comment.value.trim();
    if (!said) {
      status.textContent = text("dispute_empty");
      comment.focus();
      return;
    }
    send.disabled = true;
    const { error } = await dispute(said);
    status.textContent = error ? failureText(error) : text("dispute_thanks");
    send.disabled = !error;
    comment.readOnly = !error;
  });
  form.append(label, comment, hint, send, status);
  queueMicrotask(() => comment.focus()); // once the form is in the card
  return form;
}
