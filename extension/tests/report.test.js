import assert from "node:assert/strict";
import { test } from "node:test";

// The browser's texts, as keys with their values; there before the modules look for them.
Object.defineProperty(globalThis, "chrome", { value: { i18n: { getMessage: (/** @type {string} */ key, /** @type {string[]} */ values) => [key, ...values].join(" ") } } });
const { csvOf, markdownOf } = await import("../src/report.js");
const { DEFAULTS, exportOf, importOf, settingsOf } = await import("../src/settings.js");

/** @type {import("../src/report.js").Report} */
const REPORT = {
  url: "https://clinic.example/", title: "Clinic", hasGrown: false, modelVersion: "m", referenceVersion: "r",
  omissions: [{ intervention: "ketamine", topic: "risks", evidence: ["e"] }],
  claims: [{
    block: "b1", start: 0, end: 9, text: '=cmd "a",\nb *c*', verdict: "false", confidence: 0.9, located: true, reasons: [{ code: "scope", start: 0, end: 1 }],
    evidence: [{ id: "e", statement: "It may.", certainty: "low", relation: "contradicts", sources: [{ title: "T", publisher: "P", year: "2023", url: "https://a.example", identifier: "" }] }],
    parts: [], precedents: [],
  }],
};

test("CSV quotes what must be quoted and runs no formula", () => {
  const [head, row] = csvOf(REPORT).split("\r\n");
  assert.equal(head, "verdict,confidence,claim,reasons,evidence_ids,sources,located,url,model_version,reference_version");
  assert.equal(row, 'false,0.9,"\'=cmd ""a"", b *c*",scope,e,https://a.example,yes,https://clinic.example/,m,r');
});

test("Markdown takes a page's words as words, and says what is left out", () => {
  const written = markdownOf(REPORT);
  assert.match(written, /“=cmd "a", b \\\*c\\\*”/);
  assert.match(written, /- omission_risks ketamine \(e\)/);
  assert.match(written, /T <https:\/\/a\.example>/);
});

test("settings come back from their file, without the key", () => {
  const settings = { ...DEFAULTS, apiKey: "secret", threshold: 0.7, palette: /** @type {const} */ ("colour-blind"), textSize: 1.3 };
  const file = exportOf(settings);
  assert.ok(!file.includes("secret"));
  assert.deepEqual(importOf(file, "kept"), { ...settings, apiKey: "kept" });
});

test("a file that is none of ours is refused, and odd values fall back", () => {
  for (const file of ["", "{}", "[]", "null", '{"format": "other"}']) assert.equal(importOf(file, ""), null);
  assert.deepEqual(settingsOf({ serverAddress: "javascript:x", verdicts: "all", threshold: 9, palette: "pink", textSize: 7 }), DEFAULTS);
});
