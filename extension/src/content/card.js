// The card beside a claim: what the evidence says of it, and why. Foreign text enters it as text only.

import { text } from "../browser.js";
import { CARD_STYLES } from "./cardstyles.js";
import { attachLayer } from "./layer.js";

/**
 * @typedef {import("./main.js").Finding} Finding
 * @typedef {{modelVersion: string, referenceVersion: string}} Versions
 * @typedef {{x: number, y: number}} Point in the viewport
 */

/** A pointer that only crosses a claim opens nothing. */
const OPEN_DELAY_MS = 150;
/** Long enough to move from the claim into the card. */
const CLOSE_DELAY_MS = 350;
const GAP_PX = 8;

const CERTAINTIES = new Set(["high", "moderate", "low", "very-low"]);
const RELATIONS = new Set(["supports", "is-weaker", "reports-no-evidence", "contradicts"]);
const REASONS = new Set([
  "certainty", "magnitude", "scope", "durability", "safety", "comparison", "mechanism", "regulatory", "contradicted", "no-evidence",
]);

/**
 * @param {{isAlive: () => boolean, onOrphaned: () => void}} edge `onOrphaned` runs once the extension
 *   was updated under us: nobody would answer for the marks any more
 */
export function createCard({ isAlive, onOrphaned }) {
  /** @type {readonly Finding[]} */
  let findings = [];
  /** @type {Versions} */
  let versions = { modelVersion: "", referenceVersion: "" };
  /** @type {{index: number, range: Range, box: HTMLElement, remove: () => void, host: HTMLElement,
   *   pinned: boolean} | null} `pinned`: asked for, so it stays when the pointer leaves */
  let open = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** What `timer` will show: an index, null to close, undefined when it is not running. @type {number | null | undefined} */
  let pending;
  let frame = 0;
  /** @type {AbortController | null} */
  let listening = null;

  /**
   * @param {number} index
   * @param {{point?: Point, pinned: boolean}} how `point`: where the pointer is, to choose among a
   *   claim's lines
   */
  function openCard(index, { point, pinned }) {
    cancel();
    if (open?.index === index) {
      open.pinned ||= pinned;
      return;
    }
    close();
    const { range } = findings[index];
    if (!range) return;
    const { host, root, remove } = attachLayer("overclaim-card", CARD_STYLES);
    const box = cardOf(findings[index], versions, close);
    root.append(box);
    if (typeof host.showPopover === "function") {
      host.popover = "manual"; // the top layer: above whatever z-index the page uses
      host.showPopover();
    }
    open = { index, range, box, host, remove, pinned };
    place(box, range, point);
  }

  function close() {
    cancel();
    open?.remove();
    open = null;
  }

  function cancel() {
    clearTimeout(timer);
    pending = undefined;
  }

  /** @param {number | null} index @param {Point} [point] */
  function schedule(index, point) {
    if (pending === index) return;
    cancel();
    if (index === (open?.index ?? null)) return;
    pending = index;
    timer = setTimeout(
      () => (index === null ? close() : openCard(index, { point, pinned: false })),
      index === null ? CLOSE_DELAY_MS : OPEN_DELAY_MS,
    );
  }

  /** @param {PointerEvent} event */
  function onPointerMove(event) {
    if (event.pointerType === "touch" || frame) return;
    const { clientX: x, clientY: y, target } = event;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (!isAlive()) return onOrphaned();
      if (open && target === open.host) return cancel();
      const index = indexAt(findings, { x, y });
      if (index === null && open?.pinned) return cancel();
      schedule(index, { x, y });
    });
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    if (!event.isTrusted || (open && event.target === open.host)) return;
    const point = { x: event.clientX, y: event.clientY };
    const index = indexAt(findings, point);
    if (index === null) close();
    else openCard(index, { point, pinned: true });
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key !== "Escape" || !open) return;
    close();
    event.stopPropagation(); // this Escape was ours, not the page's dialog's
  }

  function onScroll() {
    if (!open) return;
    const { top, bottom } = open.range.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) close();
    else place(open.box, open.range);
  }

  return {
    /** @param {readonly Finding[]} found @param {Versions} of */
    watch(found, of) {
      this.unwatch();
      findings = found;
      versions = of;
      listening = new AbortController();
      const options = { capture: true, passive: true, signal: listening.signal };
      addEventListener("pointermove", onPointerMove, options);
      addEventListener("click", onClick, options);
      addEventListener("keydown", onKeyDown, options);
      addEventListener("scroll", onScroll, options);
      addEventListener("resize", onScroll, options);
    },
    unwatch() {
      close();
      listening?.abort();
      listening = null;
      findings = [];
    },
    /** Scrolls to a claim and opens its card. @param {number} index */
    goTo(index) {
      const { range } = findings[index];
      if (!range) return;
      reveal(range);
      openCard(index, { pinned: true });
    },
    openIndex: () => open?.index ?? null,
  };
}

/** @param {Range} range */
function reveal(range) {
  const element = range.startContainer.parentElement;
  for (let details = element?.closest("details"); details; details = details.parentElement?.closest("details")) {
    details.open = true;
  }
  // At once: the card is placed where the claim is, not where it will be after a smooth scroll.
  element?.scrollIntoView({ block: "center", behavior: "instant" });
}

/**
 * The painted claim at a point. Highlights take no events, so the caret there is asked; it may lie
 * beside the words, in a line's empty end, so the words' boxes are asked too.
 *
 * @param {readonly Finding[]} findings @param {Point} point
 * @returns {number | null}
 */
function indexAt(findings, { x, y }) {
  const caret = caretAt(x, y);
  if (!caret) return null;
  const index = findings.findIndex(
    ({ claim, range }) =>
      range !== null &&
      claim.verdict !== "uncovered" &&
      range.isPointInRange(caret.node, caret.offset) &&
      [...range.getClientRects()].some(({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom),
  );
  return index === -1 ? null : index;
}

/** @param {number} x @param {number} y @returns {{node: Node, offset: number} | null} */
function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y);
    return caret && { node: caret.offsetNode, offset: caret.offset };
  }
  const range = document.caretRangeFromPoint?.(x, y); // Chrome before 128
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/** Below the claim's line, or above it where there is more room. @param {HTMLElement} box @param {Range} range @param {Point} [point] */
function place(box, range, point) {
  const lines = [...range.getClientRects()];
  const line = (point && lines.find(({ top, bottom }) => top <= point.y && point.y <= bottom)) ?? lines.at(-1);
  if (!line) return;
  const below = innerHeight - line.bottom - 2 * GAP_PX;
  const above = line.top - 2 * GAP_PX;
  const isBelow = below >= Math.min(box.scrollHeight, 320) || below >= above;
  box.style.maxHeight = `${Math.max(isBelow ? below : above, 120)}px`;
  const width = box.offsetWidth;
  const wanted = (point?.x ?? line.left + 40) - 40;
  box.style.left = `${Math.max(GAP_PX, Math.min(wanted, document.documentElement.clientWidth - width - GAP_PX))}px`;
  box.style.top = isBelow ? `${line.bottom + GAP_PX}px` : `${line.top - GAP_PX - box.offsetHeight}px`;
}

/** @param {Finding} finding @param {Versions} versions @param {() => void} close */
function cardOf({ claim, reasons }, { modelVersion, referenceVersion }, close) {
  const closer = element("button", "close", "×");
  closer.setAttribute("aria-label", text("card_close"));
  closer.addEventListener("click", close);
  const heading = element("h2", claim.verdict, text(`verdict_${claim.verdict}`));
  heading.id = "verdict";
  const box = element("section", "card");
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-labelledby", heading.id);
  box.lang = text("language");
  box.append(closer, heading, element("p", "meaning", text(`meaning_${claim.verdict}`)));
  if (claim.confidence !== null) box.append(element("p", "confidence", confidenceText(claim.confidence)));

  const known = reasons.filter(({ code }) => REASONS.has(code));
  if (known.length > 0) {
    box.append(element("h3", "", text("card_reasons")), listOf("reasons", known.map(reasonOf)));
  }
  if (claim.evidence.length > 0) {
    box.append(element("h3", "", text("card_evidence")), listOf("evidence", claim.evidence.map(evidenceOf)));
  }
  const foot = element("footer", "");
  foot.append(element("p", "advice", text("card_no_advice")));
  if (modelVersion || referenceVersion) {
    foot.append(element("p", "versions", text("versions", modelVersion || "?", referenceVersion || "?")));
  }
  box.append(foot);
  return box;
}

/** @param {number} confidence 0 to 1 */
function confidenceText(confidence) {
  const words = confidence >= 0.9 ? "very_sure" : confidence >= 0.7 ? "fairly_sure" : "unsure";
  return text(`confidence_${words}`, Math.round(confidence * 100));
}

/** @param {{code: string, words: string}} reason */
function reasonOf({ code, words }) {
  const item = element("li", "");
  if (words) item.append(element("q", "", words), " ");
  item.append(text(`reason_${code.replace("-", "_")}`));
  return item;
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

/** @param {import("../api.js").Source} source */
function sourceOf({ title, publisher, year, url, identifier }) {
  const item = element("li", "");
  const name = title || identifier || url;
  if (isWebAddress(url)) {
    const link = /** @type {HTMLAnchorElement} */ (element("a", "", name));
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    item.append(link);
  } else {
    item.append(name);
  }
  const where = [publisher, year].filter(Boolean).join(", ");
  if (where) item.append(element("span", "where", ` ${where}`));
  return item;
}

/** Only these may become links: a `javascript:` address would run in the page. @param {string} url */
function isWebAddress(url) {
  return URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol);
}

/** @param {string} className @param {HTMLElement[]} items */
function listOf(className, items) {
  const list = element("ul", className);
  list.append(...items);
  return list;
}

/** @param {string} tag @param {string} className @param {string} [content] */
function element(tag, className, content = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = content;
  return made;
}
