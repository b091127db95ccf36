// Marks claims in the page without touching the page's own nodes.
//
// Each verdict has its own background and its own kind of underline, so that it can be told without
// colour. The text's colour is set together with the background: on an unknown page that is the only
// way to know that both can be read. Where text is light the page is dark, and a dark pair is used.

import { adoptStyles, attachLayer } from "./layer.js";

/**
 * @typedef {Exclude<import("../api.js").Verdict, "uncovered">} PaintedVerdict
 * @typedef {{verdict: PaintedVerdict, range: Range}} Mark
 * @typedef {{background: string, text: string, line: string}} Palette
 */

/** Least severe first: where two marks overlap the later wins. @type {readonly PaintedVerdict[]} */
export const PAINTED_VERDICTS = ["supported", "overstated", "unsupported", "false"];

/** @type {Record<PaintedVerdict, string>} */
const LINES = { supported: "solid", overstated: "dashed", unsupported: "dotted", false: "wavy" };

/** Text on background is at least 7:1, line on background at least 3:1. @type {Record<PaintedVerdict, Palette>} */
export const ON_LIGHT = {
  supported: { background: "#e3f4e7", text: "#10301b", line: "#1b7a3d" },
  overstated: { background: "#fff0c2", text: "#3a2a00", line: "#8a5a00" },
  unsupported: { background: "#e9e4fb", text: "#241a4d", line: "#5b3fc4" },
  false: { background: "#fddfdc", text: "#4a0d08", line: "#b3261e" },
};

/** @type {Record<PaintedVerdict, Palette>} */
export const ON_DARK = {
  supported: { background: "#12331f", text: "#d9f5e1", line: "#6fd393" },
  overstated: { background: "#3d2f05", text: "#ffecb8", line: "#f0c04a" },
  unsupported: { background: "#2b2354", text: "#e6e0ff", line: "#b3a1ff" },
  false: { background: "#4d1613", text: "#ffdedb", line: "#ff8a80" },
};

const DARK_SUFFIX = "-on-dark";
/** Above this luminance text reads better on black than on white: (1.05 · 0.05)^½ − 0.05. */
const LIGHT_TEXT_LUMINANCE = 0.179;
/** Firefox has CSS.highlights from 140, but draws no text-decoration in them before 146. */
const FIREFOX_WITH_UNDERLINES = 146;

/**
 * Paints the marks in place of those painted before.
 *
 * @param {Mark[]} marks
 * @returns {() => void} takes the paint off again
 */
export function paint(marks) {
  if (canHighlight()) {
    try {
      return paintHighlights(marks);
    } catch (error) {
      console.warn("Overclaim: highlights failed, drawing overlays instead", error);
    }
  }
  return paintOverlays(marks);
}

function canHighlight() {
  if (typeof Highlight !== "function" || !CSS.highlights) return false;
  const firefox = /\bFirefox\/(\d+)/.exec(navigator.userAgent);
  return !firefox || Number(firefox[1]) >= FIREFOX_WITH_UNDERLINES;
}

/** @param {Mark[]} marks */
function paintHighlights(marks) {
  const removeStyles = adoptStyles(document, highlightRules());
  /** @type {string[]} */
  const names = [];
  PAINTED_VERDICTS.forEach((verdict, priority) => {
    for (const suffix of ["", DARK_SUFFIX]) {
      const ranges = marks
        .filter((mark) => mark.verdict === verdict && (suffix === DARK_SUFFIX) === isOnDark(mark.range))
        .map((mark) => mark.range);
      if (ranges.length === 0) continue;
      const highlight = new Highlight(...ranges);
      highlight.priority = priority;
      const name = `overclaim-${verdict}${suffix}`; // the registry is the page's too: only names of our own
      CSS.highlights.set(name, highlight);
      names.push(name);
    }
  });
  return () => {
    for (const name of names) CSS.highlights.delete(name);
    removeStyles();
  };
}

function highlightRules() {
  const rule = (/** @type {string} */ name, /** @type {Palette} */ { background, text, line }, /** @type {string} */ style) =>
    `::highlight(${name}) { background-color: ${background}; color: ${text}; ` +
    `text-decoration: underline ${style} ${line} 2px; }`;
  return PAINTED_VERDICTS.flatMap((verdict) => [
    rule(`overclaim-${verdict}`, ON_LIGHT[verdict], LINES[verdict]),
    rule(`overclaim-${verdict}${DARK_SUFFIX}`, ON_DARK[verdict], LINES[verdict]),
  ]).join("\n");
}

/**
 * For browsers without highlights: underlines and tints laid over the words, in a layer that takes
 * no clicks. It lies above the text, so the tint is faint and the text keeps its colour.
 *
 * @param {Mark[]} marks
 */
function paintOverlays(marks) {
  const layer = attachLayer("overclaim-marks", OVERLAY_STYLES);
  let frame = 0;
  const draw = () => {
    frame = 0;
    const lines = marks.flatMap(({ verdict, range }) => {
      const suffix = isOnDark(range) ? DARK_SUFFIX : "";
      return boxesOf(range).map((rect) => {
        const line = document.createElement("div");
        line.className = `${verdict}${suffix}`;
        line.style.left = `${rect.left + scrollX}px`;
        line.style.top = `${rect.top + scrollY}px`;
        line.style.width = `${rect.width}px`;
        line.style.height = `${rect.height}px`;
        return line;
      });
    });
    layer.root.replaceChildren(...lines);
  };
  const redraw = () => {
    frame ||= requestAnimationFrame(draw);
  };
  const resizes = new ResizeObserver(redraw);
  resizes.observe(document.documentElement);
  addEventListener("scroll", redraw, { capture: true, passive: true }); // boxes that scroll by themselves
  draw();
  return () => {
    cancelAnimationFrame(frame);
    resizes.disconnect();
    removeEventListener("scroll", redraw, { capture: true });
    layer.remove();
  };
}

const OVERLAY_STYLES = [
  ":host { all: initial !important; position: absolute !important; inset: 0 auto auto 0 !important; pointer-events: none !important; z-index: 2147483646 !important; }",
  "div > div { position: absolute; box-sizing: border-box; }",
  ...PAINTED_VERDICTS.flatMap((verdict) =>
    [ON_LIGHT[verdict], ON_DARK[verdict]].map(({ line }, index) => {
      const style = verdict === "false" ? "double" : LINES[verdict]; // borders know no waves
      const width = verdict === "false" ? 4 : 2;
      return `.${verdict}${index ? DARK_SUFFIX : ""} { border-bottom: ${width}px ${style} ${line}; background: ${line}1f; }`;
    }),
  ),
].join("\n");

/**
 * Where a range's words are on the screen. The range's own boxes would do for neither: they hold an
 * inline element's box and its text's, and, under `<details>` that is shut, boxes over other words.
 *
 * @param {Range} range
 */
function boxesOf(range) {
  const { commonAncestorContainer, startContainer, startOffset, endContainer, endOffset } = range;
  const walker = document.createNodeIterator(commonAncestorContainer, NodeFilter.SHOW_TEXT);
  /** @type {DOMRect[]} */
  const boxes = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!range.intersectsNode(node) || !node.parentElement?.checkVisibility()) continue;
    const words = document.createRange();
    words.selectNodeContents(node);
    if (node === startContainer) words.setStart(node, startOffset);
    if (node === endContainer) words.setEnd(node, endOffset);
    boxes.push(...words.getClientRects());
  }
  return boxes;
}

/** @param {Range} range */
function isOnDark(range) {
  const { startContainer } = range;
  const element = startContainer.nodeType === Node.ELEMENT_NODE ? /** @type {Element} */ (startContainer) : startContainer.parentElement;
  return element !== null && luminanceOf(getComputedStyle(element).color) > LIGHT_TEXT_LUMINANCE;
}

/**
 * Relative luminance (WCAG 2.2) of a computed colour; 0 for one not written as rgb().
 *
 * @param {string} colour
 */
export function luminanceOf(colour) {
  const channels = /^rgba?\(([\d.]+),? ([\d.]+),? ([\d.]+)/.exec(colour)?.slice(1, 4).map(Number);
  if (!channels) return 0;
  const [red, green, blue] = channels.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
