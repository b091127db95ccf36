import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { PAINTED_VERDICTS, PALETTES, luminanceOf } from "../src/content/palettes.js";
import { CARD_STYLES } from "../src/content/cardstyles.js";

/** @param {string} hex */
const luminance = (hex) => luminanceOf(`rgb(${(hex.match(/[0-9a-f]{2}/g) ?? []).map((pair) => parseInt(pair, 16)).join(", ")})`);

/** Contrast ratio by WCAG 2.2. @param {string} one @param {string} other both as #rrggbb */
function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The custom properties of each palette in a stylesheet, light first. @param {string} styles */
function palettesOf(styles) {
  return [...styles.matchAll(/\{[^{}]*--surface:[^{}]*\}/g)].map(([rule]) => Object.fromEntries([...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value])));
}

test("contrast is measured as WCAG does", () => {
  assert.equal(contrast("#000000", "#ffffff").toFixed(2), "21.00");
  assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
  assert.equal(luminanceOf("color(display-p3 1 1 1)"), 0);
});

for (const [name, grounds] of Object.entries(PALETTES)) {
  for (const [ground, palette] of Object.entries(grounds)) {
    for (const verdict of PAINTED_VERDICTS) {
      test(`a ${name} mark for "${verdict}" on a ${ground} page can be read`, () => {
        const { background, text, line } = palette[verdict];
        assert.ok(contrast(text, background) >= 7);
        assert.ok(contrast(line, background) >= 3);
      });
    }
  }
}

test("the colour-blind palette tells verdicts apart by lightness too", () => {
  const lines = PAINTED_VERDICTS.map((verdict) => luminance(PALETTES["colour-blind"].light[verdict].background)).sort((a, b) => a - b);
  for (const [index, value] of lines.slice(1).entries()) assert.ok(value - lines[index] > 0.02, `${lines}`);
});

const pageStyles = await readFile(new URL("../src/page.css", import.meta.url), "utf8");
for (const [name, styles, surfaces] of /** @type {[string, string, string[]][]} */ ([["card", CARD_STYLES, ["surface"]], ["pages", pageStyles, ["surface", "raised"]]])) {
  test(`every text of our ${name} can be read, light and dark`, () => {
    const palettes = palettesOf(styles);
    assert.equal(palettes.length, 2);
    for (const palette of palettes) {
      for (const surface of surfaces) {
        for (const colour of ["text", "quiet", "supported", "overstated", "unsupported", "false", "uncovered", palette.link ? "link" : "focus"]) {
          assert.ok(contrast(palette[colour], palette[surface]) >= 4.5, `${colour} ${palette[colour]} on ${surface} ${palette[surface]}`);
        }
      }
      if (palette.accent) assert.ok(contrast(palette["on-accent"], palette.accent) >= 4.5 && contrast(palette["on-accent"], palette["accent-hover"]) >= 4.5);
    }
  });
}
