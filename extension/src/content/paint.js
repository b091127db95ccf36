// Marks claims in the page without touching the page's own nodes: with highlights where the browser
// has all of them, else with lines laid over the words.

import { elementOf } from "./geometry.js";
import { adoptStyles } from "./layer.js";
import { paintOverlays } from "./overlays.js";
import { LIGHT_TEXT_LUMINANCE, LINES, PAINTED_VERDICTS, PALETTES, luminanceOf } from "./palettes.js";

/**
 * @typedef {import("./palettes.js").PaintedVerdict} PaintedVerdict
 * @typedef {{verdict: PaintedVerdict, ranges: readonly Range[]}} Mark
 * @typedef {{redraw: () => void, remove: () => void}} Paint
 */

export const DARK_SUFFIX = "-on-dark";
/** Firefox has CSS.highlights from 140, but not all that is drawn in them before 149. */
const FIREFOX_WITH_HIGHLIGHTS = 149;

/**
 * Paints the marks; what was painted before must be removed first.
 *
 * @param {readonly Mark[]} marks
 * @param {import("./palettes.js").PaletteName} palette
 * @returns {Paint}
 */
export function paint(marks, palette) {
  if (canHighlight()) {
    try {
      return paintHighlights(marks, palette);
    } catch (error) {
      console.warn("Overclaim: highlights failed, drawing overlays instead", error);
    }
  }
  return paintOverlays(marks, palette, isOnDark);
}

function canHighlight() {
  if (typeof Highlight !== "function" || !CSS.highlights) return false;
  const firefox = /\bFirefox\/(\d+)/.exec(navigator.userAgent);
  return !firefox || Number(firefox[1]) >= FIREFOX_WITH_HIGHLIGHTS;
}

/** @param {readonly Mark[]} marks @param {import("./palettes.js").PaletteName} palette @returns {Paint} */
function paintHighlights(marks, palette) {
  /** @type {(() => void)[]} */
  const undo = [];
  const rules = highlightRules(palette);
  for (const scope of new Set(marks.flatMap(({ ranges }) => ranges.map(scopeOf)))) undo.push(adoptStyles(scope, rules));
  for (const [view, groups] of groupsOf(marks)) {
    const { highlights } = view.CSS;
    for (const [name, { ranges, priority }] of groups) {
      const highlight = new view.Highlight(...ranges);
      highlight.priority = priority;
      highlights.set(name, highlight);
      undo.push(() => {
        if (highlights.get(name) === highlight) highlights.delete(name); // the registry is the page's too
      });
    }
  }
  return { redraw: () => {}, remove: () => undo.forEach((step) => step()) };
}

/** @typedef {Window & typeof globalThis} View */
/** @typedef {Map<string, {ranges: Range[], priority: number}>} Groups ranges by highlight name */

/** Each frame has a registry of its own. @param {readonly Mark[]} marks @returns {Map<View, Groups>} */
function groupsOf(marks) {
  /** @type {Map<View, Groups>} */
  const views = new Map();
  for (const { verdict, ranges } of marks) {
    for (const range of ranges) {
      const view = range.startContainer.ownerDocument?.defaultView;
      if (!view) continue; // the frame is gone
      const groups = views.get(view) ?? /** @type {Groups} */ (new Map());
      views.set(view, groups);
      const name = `overclaim-${verdict}${isOnDark(range) ? DARK_SUFFIX : ""}`;
      const group = groups.get(name) ?? { ranges: [], priority: PAINTED_VERDICTS.indexOf(verdict) };
      groups.set(name, group);
      group.ranges.push(range);
    }
  }
  return views;
}

/** Whose styles reach a range: rules of the document stop at a shadow root, in Firefox and older Chrome. @param {Range} range */
function scopeOf(range) {
  return /** @type {Document | ShadowRoot} */ (range.startContainer.getRootNode());
}

/** @param {import("./palettes.js").PaletteName} palette */
function highlightRules(palette) {
  const { light, dark } = PALETTES[palette];
  const rule = (/** @type {string} */ name, /** @type {import("./palettes.js").Colours} */ { background, text, line }, /** @type {string} */ style) =>
    `::highlight(${name}) { background-color: ${background}; color: ${text}; ` +
    `text-decoration: underline ${style} ${line} 2px; }`;
  return PAINTED_VERDICTS.flatMap((verdict) => [
    rule(`overclaim-${verdict}`, light[verdict], LINES[verdict]),
    rule(`overclaim-${verdict}${DARK_SUFFIX}`, dark[verdict], LINES[verdict]),
  ]).join("\n");
}

/** @param {Range} range */
function isOnDark({ startContainer }) {
  const element = elementOf(startContainer);
  const view = element?.ownerDocument.defaultView;
  return Boolean(element && view && luminanceOf(view.getComputedStyle(element).color) > LIGHT_TEXT_LUMINANCE);
}
