// For browsers without highlights: underlines and tints laid over the words, in a layer that takes no
// clicks. It lies above the text, so the tint is faint and the text keeps its colour.

import { boxesOf, elementAt, elementOf, isOnTop, offsetOf, parentOf, textNodesOf } from "./geometry.js";
import { attachLayer } from "./layer.js";
import { LINES, PAINTED_VERDICTS, PALETTES } from "./palettes.js";

/** @typedef {import("./geometry.js").Box} Box */

const DARK_SUFFIX = "-on-dark";

/**
 * @param {readonly import("./paint.js").Mark[]} marks
 * @param {import("./palettes.js").PaletteName} palette
 * @param {(range: Range) => boolean} isOnDark
 * @returns {import("./paint.js").Paint}
 */
export function paintOverlays(marks, palette, isOnDark) {
  const layer = attachLayer("overclaim-marks", overlayStyles(palette));
  layer.root.setAttribute("aria-hidden", "true");
  let frame = 0;
  const draw = () => {
    frame = 0;
    const lines = marks.flatMap(({ verdict, ranges }) =>
      ranges.flatMap((range) => drawnBoxesOf(range).map((box) => lineAt(box, verdict + (isOnDark(range) ? DARK_SUFFIX : "")))),
    );
    layer.root.replaceChildren(...lines);
  };
  const redraw = () => {
    frame ||= requestAnimationFrame(draw);
  };
  const listening = new AbortController();
  const views = new Set(marks.flatMap(({ ranges }) => ranges.map((range) => range.startContainer.ownerDocument?.defaultView)));
  const options = { capture: true, passive: true, signal: listening.signal };
  for (const view of views.add(window)) {
    // Boxes that scroll by themselves, and what moves words without changing the page.
    for (const type of ["scroll", "resize", "toggle", "transitionend", "animationend", "load"]) view?.addEventListener(type, redraw, options);
  }
  const resizes = new ResizeObserver(redraw);
  resizes.observe(document.documentElement);
  if (document.body) resizes.observe(document.body);
  draw();
  return {
    redraw,
    remove() {
      cancelAnimationFrame(frame);
      resizes.disconnect();
      listening.abort();
      layer.remove();
    },
  };
}

/** @param {Box} box @param {string} className */
function lineAt({ left, top, right, bottom }, className) {
  const line = document.createElement("div");
  line.className = className;
  // On the page, not on the window: so they move along while it scrolls.
  Object.assign(line.style, { left: `${left + scrollX}px`, top: `${top + scrollY}px`, width: `${right - left}px`, height: `${bottom - top}px` });
  return line;
}

/**
 * The parts of a range's boxes that can be seen: in the window, not cut off by what scrolls around
 * them, and not under something else, which would get a line that is not its own.
 *
 * @param {Range} range
 */
function drawnBoxesOf(range) {
  const node = textNodesOf(range)[0];
  if (!node) return [];
  const window = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const clip = clipsAround(elementOf(node)).reduce(intersection, window);
  return boxesOf([range])
    .map((box) => intersection(box, clip))
    .filter(({ left, top, right, bottom }) => left < right && top < bottom && isOnTop(range, elementAt({ x: (left + right) / 2, y: (top + bottom) / 2 })));
}

/** The boxes of elements that cut off what overflows them. @param {Element | null} from @returns {Box[]} */
function clipsAround(from) {
  const clips = [];
  for (let node = /** @type {Node | null} */ (from); node; node = parentOf(node)) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    const element = /** @type {Element} */ (node);
    const style = element.ownerDocument.defaultView?.getComputedStyle(element);
    if (element.localName !== "iframe" && (!style || /^visible/.test(style.overflow) || element === element.ownerDocument.documentElement || element === element.ownerDocument.body)) continue;
    const { x, y } = offsetOf(element.ownerDocument);
    const { left, top, right, bottom } = element.getBoundingClientRect();
    clips.push({ left: left + x, top: top + y, right: right + x, bottom: bottom + y });
  }
  return clips;
}

/** @param {Box} one @param {Box} other @returns {Box} */
function intersection(one, other) {
  return {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
}

/** @param {import("./palettes.js").PaletteName} palette */
function overlayStyles(palette) {
  const { light, dark } = PALETTES[palette];
  return [
    ":host { all: initial !important; position: absolute !important; inset: 0 auto auto 0 !important; pointer-events: none !important; z-index: 2147483646 !important; }",
    "div > div { position: absolute; box-sizing: border-box; pointer-events: none; }",
    ...PAINTED_VERDICTS.flatMap((verdict) =>
      [light[verdict], dark[verdict]].map(({ line }, index) => {
        const style = verdict === "false" ? "double" : LINES[verdict]; // borders know no waves
        const width = verdict === "false" ? 4 : 2;
        return `.${verdict}${index ? DARK_SUFFIX : ""} { border-bottom: ${width}px ${style} ${line}; background: ${line}1f; }`;
      }),
    ),
  ].join("\n");
}
