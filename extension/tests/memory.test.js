import assert from "node:assert/strict";
import { test } from "node:test";

import { collectBlocks } from "../src/content/blocks.js";
import { MAX_PORTION_CHARACTERS, createMemory } from "../src/content/memory.js";
import { gapAfter, waitAfter } from "../src/content/pace.js";
import { openPage } from "./page.js";

const URL = "https://clinic.example/";

/** @param {string} body */
const blocksOf = (body) => collectBlocks(openPage(body, { title: "Ketamine" }));

/** @param {import("../src/content/memory.js").Portion[]} portions */
const textsOf = (portions) => portions.map(({ request }) => request.blocks.map(({ text }) => text));

/** @param {string} block @param {string} text @returns {import("../src/api.js").Claim} */
const claimOn = (block, text) => ({ block, start: 0, end: text.length, text, verdict: "false", confidence: 0.9, reasons: [], evidence: [], parts: [], precedents: [] });

test("a page goes whole, then nothing of it goes again", () => {
  const memory = createMemory();
  const blocks = blocksOf("<h1>A</h1><p>One.</p>");
  assert.deepEqual(textsOf(memory.portionsOf(blocks, URL)), [["Ketamine", "A", "One."]]);
  assert.deepEqual(memory.portionsOf(blocksOf("<h1>A</h1><p>One.</p>"), URL), []);
});

test("new text goes with title and the headings above it, and those are not answered twice", () => {
  const memory = createMemory();
  memory.portionsOf(blocksOf("<h1>A</h1><p>One.</p><h2>B</h2>"), URL);
  const [portion] = memory.portionsOf(blocksOf("<h1>A</h1><p>One.</p><h2>B</h2><p>Two.</p>"), URL);
  assert.deepEqual(portion.request.blocks.map(({ kind, text }) => [kind, text]), [["title", "Ketamine"], ["heading", "A"], ["heading", "B"], ["text", "Two."]]);
  assert.deepEqual(portion.keys.filter(Boolean).length, 1);
});

test("an answer is found again for the same words in new nodes, not for others", () => {
  const memory = createMemory();
  const before = blocksOf("<p>It works.</p>");
  const [portion] = memory.portionsOf(before, URL);
  memory.keep(portion, [claimOn(before[1].id, "It works.")]);
  const [, same, other] = blocksOf("<p>It works.</p><p>It worked.</p>");
  assert.deepEqual(memory.claimsOf(same).map(({ text }) => text), ["It works."]);
  assert.deepEqual(memory.claimsOf(other), []);
});

test("equal words under another heading are another question", () => {
  const memory = createMemory();
  const blocks = blocksOf("<h2>A</h2><p>It works.</p><h2>B</h2><p>It works.</p><p>It works.</p>");
  assert.deepEqual(textsOf(memory.portionsOf(blocks, URL)), [["Ketamine", "A", "It works.", "B", "It works."]]);
});

test("a clock is sent three times at most", () => {
  const memory = createMemory();
  const sent = [1, 2, 3, 4, 5].map((n) => memory.portionsOf(blocksOf(`<p>Ends in ${n} s.</p>`), URL).length);
  assert.deepEqual(sent, [1, 1, 1, 0, 0]);
});

test("what was not answered may be asked again", () => {
  const memory = createMemory();
  const blocks = blocksOf("<p>One.</p>");
  for (const portion of memory.portionsOf(blocks, URL)) memory.forget(portion);
  assert.deepEqual(textsOf(memory.portionsOf(blocks, URL)), [["Ketamine", "One."]]);
});

test("a long page goes in portions, each with its headings", () => {
  const memory = createMemory();
  const long = "word ".repeat(MAX_PORTION_CHARACTERS / 20);
  const portions = memory.portionsOf(blocksOf(`<h1>A</h1>${[1, 2, 3, 4, 5].map((n) => `<p>${n} ${long}</p>`).join("")}`), URL);
  assert.equal(portions.length, 2);
  for (const { request } of portions) {
    assert.deepEqual(request.blocks.slice(0, 2).map(({ text }) => text), ["Ketamine", "A"]);
    assert.ok(request.blocks.reduce((sum, { text }) => sum + text.length, 0) <= MAX_PORTION_CHARACTERS + 10);
  }
});

test("attempts grow rarer and end; what waiting will not mend is not tried again", () => {
  assert.deepEqual([1, 2, 3, 4].map((attempt) => waitAfter({ code: "away" }, attempt, 0)), [2000, 5000, 12000, null]);
  assert.equal(waitAfter({ code: "busy", seconds: 30 }, 1, 1), 30000);
  assert.equal(waitAfter({ code: "busy", seconds: 600 }, 1, 1), null);
  assert.equal(waitAfter({ code: "too-large" }, 1, 1), null);
});

test("a page that grows without end is asked about more and more rarely", () => {
  assert.deepEqual([0, 9, 10, 39, 40].map(gapAfter), [0, 0, 2000, 2000, 10000]);
});
