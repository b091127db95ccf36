// The marks' colours. Each verdict also has its own kind of underline, so that it can be told without
// colour. The text's colour is set together with the background: on an unknown page that is the only
// way to know that both can be read. Where text is light the page is dark, and a dark pair is used.

/**
 * @typedef {Exclude<import("../api.js").Verdict, "uncovered">} PaintedVerdict
 * @typedef {{background: string, text: string, line: string}} Colours
 * @typedef {Record<PaintedVerdict, Colours>} Palette
 * @typedef {"standard" | "colour-blind"} PaletteName
 */

/** Least severe first: where two marks overlap the later wins. @type {readonly PaintedVerdict[]} */
export const PAINTED_VERDICTS = ["supported", "overstated", "unsupported", "false"];

/** @type {Record<PaintedVerdict, string>} */
export const LINES = { supported: "solid", overstated: "dashed", unsupported: "dotted", false: "wavy" };

/** Text on background is at least 7:1, line on background at least 3:1. @type {Record<PaletteName, {light: Palette, dark: Palette}>} */
export const PALETTES = {
  standard: {
    light: {
      supported: { background: "#e3f4e7", text: "#10301b", line: "#1b7a3d" },
      overstated: { background: "#fff0c2", text: "#3a2a00", line: "#8a5a00" },
      unsupported: { background: "#e9e4fb", text: "#241a4d", line: "#5b3fc4" },
      false: { background: "#fddfdc", text: "#4a0d08", line: "#b3261e" },
    },
    dark: {
      supported: { background: "#12331f", text: "#d9f5e1", line: "#6fd393" },
      overstated: { background: "#3d2f05", text: "#ffecb8", line: "#f0c04a" },
      unsupported: { background: "#2b2354", text: "#e6e0ff", line: "#b3a1ff" },
      false: { background: "#4d1613", text: "#ffdedb", line: "#ff8a80" },
    },
  },
  // After Okabe and Ito's colours (2008), which stay apart under the common kinds of colour blindness:
  // blue, yellow, grey and vermilion, each of another lightness too.
  "colour-blind": {
    light: {
      supported: { background: "#d6ecfa", text: "#06283d", line: "#0072b2" },
      overstated: { background: "#fbf3a0", text: "#2b2700", line: "#7a6a00" },
      unsupported: { background: "#e4e4e4", text: "#1c1c1c", line: "#4d4d4d" },
      false: { background: "#f8c9ac", text: "#3d1500", line: "#a33c00" },
    },
    dark: {
      supported: { background: "#06324d", text: "#dff1fc", line: "#56b4e9" },
      overstated: { background: "#3b3500", text: "#fbf3a0", line: "#f0e442" },
      unsupported: { background: "#383838", text: "#f2f2f2", line: "#c8c8c8" },
      false: { background: "#5a1f00", text: "#ffe3d3", line: "#ff9a5c" },
    },
  },
};

/** Above this luminance text reads better on black than on white: (1.05 · 0.05)^½ − 0.05. */
export const LIGHT_TEXT_LUMINANCE = 0.179;

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
