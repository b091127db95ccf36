import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { locate, rangesOf } from "../src/content/anchors.js";
import { collectBlocks } from "../src/content/blocks.js";
import { openPage } from "./page.js";

/** @param {string} body */
function onlyBlock(body) {
  const document = openPage(body);
  const blocks = collectBlocks(document);
  assert.equal(blocks.length, 1);
  return { document, block: blocks[0] };
}

/** What a reader sees in ranges: hidden text left out, only `<br>` a newline. @param {Range[]} ranges */
function seenIn(ranges) {
  const box = ranges[0].startContainer.ownerDocument?.createElement("div") ?? assert.fail("no document");
  for (const range of ranges) box.append(range.cloneContents());
  for (const hidden of box.querySelectorAll("[hidden], script")) hidden.remove();
  for (const br of box.querySelectorAll("br")) br.replaceWith("¶");
  return (box.textContent ?? "").replaceAll("\n", " ").replaceAll("¶", "\n").replaceAll("\u00ad", "");
}

test("a claim across inline elements has one range", () => {
  const { block } = onlyBlock("<p>It is <b>FDA</b>-approved 🌿. Yes.</p>");
  const ranges = locate(block, { start: 6, end: 22, text: "FDA-approved 🌿." });
  assert.equal(ranges && seenIn(ranges), "FDA-approved 🌿.");
});

test("a claim over wrapped source lines is found, its words as they are shown", () => {
  const { block } = onlyBlock("<p>\n  It really\n  <b>works.</b>\n</p>");
  const ranges = locate(block, { start: 3, end: 21, text: "It really   works." });
  assert.deepEqual(ranges?.map(String), ["It really\n  works."]);
});

test("a claim whose line breaks became visible after it was read is not found", () => {
  const { document, block } = onlyBlock("<p>It really\nworks.</p>");
  document.querySelector("p")?.setAttribute("style", "white-space:pre-line");
  assert.equal(locate(block, { start: 0, end: 16, text: "It really works." }), null);
});

test("a repeated sentence is found at its own place", () => {
  const { block } = onlyBlock("<p>It works. It works.</p>");
  const ranges = locate(block, { start: 10, end: 19, text: "It works." });
  assert.deepEqual(ranges?.map(({ startOffset }) => startOffset), [10]);
});

test("hidden text inside a claim does not keep it from being found", () => {
  const { block } = onlyBlock("<p>It <span hidden>never </span>works.</p>");
  const ranges = locate(block, { start: 0, end: 9, text: "It works." });
  assert.equal(ranges && seenIn(ranges), "It works.");
});

test("a claim whose words the server reports otherwise is not found", () => {
  const { block } = onlyBlock("<p>It works.</p>");
  assert.equal(locate(block, { start: 0, end: 9, text: "It heals." }), null);
  assert.equal(locate(block, { start: 0, end: 99, text: "It works." }), null);
  assert.equal(locate(block, { start: 3, end: 3, text: "" }), null);
  assert.equal(locate(undefined, { start: 0, end: 9, text: "It works." }), null);
});

test("a claim in the title has no place in the page", () => {
  const [title] = collectBlocks(openPage("", { title: "It works." }));
  assert.equal(locate(title, { start: 0, end: 9, text: "It works." }), null);
});

test("a span outside the block is a bug, not a changed page", () => {
  const { block } = onlyBlock("<p>It works.</p>");
  assert.throws(() => rangesOf(block, 0, 10), RangeError);
  assert.throws(() => rangesOf(block, 4, 4), RangeError);
  assert.throws(() => rangesOf(block, -1, 4), RangeError);
});

/** @type {[string, (document: Document) => void][]} */
const CHANGES = [
  ["removed", (document) => document.querySelector("p")?.remove()],
  ["reworded", (document) => document.querySelector("b")?.replaceChildren("never")],
  ["moved within its text node", (document) => document.querySelector("p")?.firstChild?.replaceWith("Oh, it ")],
  ["given another word", (document) => document.querySelector("b")?.after(" rarely")],
  ["parted by a new block", (document) => document.querySelector("b")?.after(document.createElement("div"))],
  ["given a line break", (document) => document.querySelector("b")?.after(document.createElement("br"))],
  ["drawn anew with equal words", (document) => document.querySelector("p")?.lastChild?.replaceWith(" works. Ask us.")],
  ["partly hidden", (document) => document.querySelector("b")?.setAttribute("style", "display:none")],
];

for (const [name, change] of CHANGES) {
  test(`a claim ${name} after it was read is not found`, () => {
    const { document, block } = onlyBlock("<p>It <b>really</b> works. Ask us.</p>");
    change(document);
    assert.equal(locate(block, { start: 0, end: 16, text: "It really works." }), null);
  });
}

test("a change elsewhere in the block leaves the claim where it is", () => {
  const { document, block } = onlyBlock("<p>It works.<i> Ask us.</i></p>");
  document.querySelector("i")?.replaceChildren(" Call us.");
  assert.notEqual(locate(block, { start: 0, end: 9, text: "It works." }), null);
});

const words = fc.stringMatching(/^[a-z .\n\u00a0\u00adé🌿]{0,8}$/u);
const inline = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    words,
    fc.constant("<br>"),
    fc.constant("<span hidden>gone</span>"),
    fc.constant("<script>no()</script>"),
    fc.tuple(fc.constantFrom("b", "a", "sup", "span"), fc.array(tie("node"), { maxLength: 3 })).map(([tag, inner]) => `<${tag}>${inner.join("")}</${tag}>`),
  ),
})).node;
const page = fc.array(
  fc.tuple(fc.constantFrom("p", "div", "h2", "li", "td"), fc.array(inline, { maxLength: 6 })),
  { minLength: 1, maxLength: 4 },
).map((blocks) => blocks.map(([tag, inner]) => (tag === "td" ? `<table><tr><td>${inner.join("")}</td></tr></table>` : `<${tag}>${inner.join("")}</${tag}>`)).join("\n"));

test("on any page, any span is found and reads as its words", () => {
  fc.assert(
    fc.property(page, fc.nat(), fc.nat(), (body, from, length) => {
      for (const block of collectBlocks(openPage(body))) {
        const start = from % block.text.length;
        const end = start + 1 + (length % (block.text.length - start));
        const ranges = rangesOf(block, start, end);
        assert.ok(ranges, "nothing changed, so it must be found");
        assert.equal(seenIn(ranges), block.text.slice(start, end));
      }
    }),
    { seed: 20261124, numRuns: 150 },
  );
});

test("on any page that changes anywhere, a range reads as the claim's words or is null", () => {
  fc.assert(
    fc.property(page, fc.nat(), fc.nat(), fc.nat(), fc.constantFrom("reword", "remove", "insert"), (body, from, length, where, kind) => {
      const document = openPage(body);
      const blocks = collectBlocks(document);
      const nodes = [...document.body.querySelectorAll("*")].flatMap((element) => [...element.childNodes]);
      const target = nodes.length > 0 ? nodes[where % nodes.length] : null;
      if (kind === "remove") target?.remove();
      else if (kind === "insert") target?.parentNode?.insertBefore(document.createTextNode("new"), target);
      else if (target) target.textContent = "other";
      for (const block of blocks) {
        const start = from % block.text.length;
        const end = start + 1 + (length % (block.text.length - start));
        const ranges = rangesOf(block, start, end);
        if (ranges) assert.equal(seenIn(ranges), block.text.slice(start, end));
      }
    }),
    { seed: 20261124, numRuns: 300 },
  );
});
