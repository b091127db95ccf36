import assert from "node:assert/strict";
import { test } from "node:test";

import { collectBlocks } from "../src/content/blocks.js";
import { openPage } from "./page.js";

/** @param {string} body @returns {[string, string][]} kind and text of each block */
function blocksOf(body) {
  return collectBlocks(openPage(body)).map(({ kind, text }) => [kind, text]);
}

/** @type {[string, string, [string, string][]][]} what holds, HTML, blocks */
const CASES = [
  ["inline children are joined", "<p><b>FDA</b>-approved <a href=x>for <i>all</i></a>.</p>", [["text", "FDA-approved for all."]]],
  ["<br> is a newline inside the block", "<p>One.<br>Two.</p>", [["text", "One.\nTwo."]]],
  ["white space keeps its length", "<p>It   works\u00a0well 🌿.</p>", [["text", "It   works\u00a0well 🌿."]]],
  ["a wrapped source line is one line", "<p>It\n\tworks\f\n  &#13;well.</p>", [["text", "It  works     well."]]],
  ["a wrapped line between inline elements is one line", "<p><b>It</b>\n<i>works.</i></p>", [["text", "It works."]]],
  ["<br> after a wrapped line is still a newline", "<p>One\nmore.<br>\nTwo.</p>", [["text", "One more.\n Two."]]],
  ...["pre", "pre-wrap", "pre-line", "break-spaces"].map((value) => /** @type {[string, string, [string, string][]]} */ ([
    `a newline that ${value} shows stays`, `<p style='white-space:${value}'>One.\nTwo.</p>`, [["text", "One.\nTwo."]],
  ])),
  ["a newline that nowrap does not show is a space", "<p style='white-space:nowrap'>One\nmore.</p>", [["text", "One more."]]],
  ["an inline element decides for its own words", "<p>It\n<span style='white-space:pre-line'>works.\nYes.</span>\nIt does.</p>", [["text", "It works.\nYes. It does."]]],
  ["headings are told from text", "<h2>NAD<sup>+</sup></h2><p>It works.</p>", [["heading", "NAD+"], ["text", "It works."]]],
  ["table cells are blocks", "<table><tr><td>A</td><td>B <b>C</b></td></tr></table>", [["text", "A"], ["text", "B C"]]],
  ["list items are blocks", "<ul><li>A</li><li>B</li></ul>", [["text", "A"], ["text", "B"]]],
  ["text around a nested block is two blocks", "<div>A <p>B</p> C</div>", [["text", "A "], ["text", "B"], ["text", " C"]]],
  ["an empty block-level element ends a sentence", "<div>A<div></div>B</div>", [["text", "A"], ["text", "B"]]],
  ["scripts and styles are silent", "<p>A<script>x</script><style>y</style> b<template>z</template><noscript>n</noscript></p>", [["text", "A b"]]],
  ["an icon does not break a sentence", "<p>Safe <svg><text>x</text></svg>and <img alt=z>calm</p>", [["text", "Safe and calm"]]],
  ["hidden text is not read", "<p>A<span style='display:none'>b</span><span hidden>c</span><i aria-hidden=true>d</i>e</p>", [["text", "Ae"]]],
  ["invisible text is not read, visible text inside it is", "<p style='visibility:hidden'>A<b style='visibility:visible'>B</b></p>", [["text", "B"]]],
  ["no sentence is joined across what is not prose", "<p>A <code>x</code> b <input value=c> d <button>e</button> f</p>", [["text", "A "], ["text", " b "], ["text", " d "], ["text", "e"], ["text", " f"]]],
  ["what the reader writes is not read", "<p>A</p><div contenteditable><p>Mine</p></div><textarea>Mine</textarea>", [["text", "A"]]],
  ["what may not be edited is read", "<p contenteditable=false>A</p>", [["text", "A"]]],
  ["pre is not read", "<pre>A</pre><p>B</p>", [["text", "B"]]],
  ["navigation is beside the text", "<nav>A</nav><div role=navigation>B</div><p>C</p>", [["text", "C"]]],
  ["the page's footer is beside the text", "<p>A</p><footer>B</footer>", [["text", "A"]]],
  ["a quotation's footer is read", "<blockquote><p>A</p><footer>B</footer></blockquote>", [["text", "A"], ["text", "B"]]],
  ["a header with navigation is beside the text", "<header><div>Logo</div><nav>A</nav></header><p>B</p>", [["text", "B"]]],
  ["a header that opens with a promise is read", "<header><nav>A</nav><h1>Cured</h1></header>", [["heading", "Cured"]]],
  ["an article's header is read", "<article><header><p>A</p></header></article>", [["text", "A"]]],
  ["a cookie wall is beside the text", "<div role=dialog><p>We use cookies.</p><button>Accept</button></div><p>A</p>", [["text", "A"]]],
  ["a fixed cookie bar is beside the text", "<div style='position:fixed'>Cookies? Accept</div><p>A</p>", [["text", "A"]]],
  ["another dialog is read", "<div role=dialog><p>Book a drip.</p></div>", [["text", "Book a drip."]]],
  ["a drop cap is part of its word", "<p><span style='float:left'>K</span>etamine</p>", [["text", "Ketamine"]]],
  ["a soft hyphen does not hide a word", "<p>keta\u00admine \u200bworks</p>", [["text", "ketamine works"]]],
  ["marks of direction are not sent", "<p dir=rtl>\u200fשלום \u2066ketamine\u2069</p>", [["text", "שלום ketamine"]]],
  ["emoji of several parts stay whole", "<p>Safe 👨\u200d👩\u200d👧 care</p>", [["text", "Safe 👨\u200d👩\u200d👧 care"]]],
  ["words for screen readers only are not read", "<p>Safe <span style='position:absolute;clip:rect(0, 0, 0, 0)'>never</span>care</p>", [["text", "Safe care"]]],
  ["words moved off the screen are not read", "<p>A</p><p style='position:absolute;left:-9999px'>B</p>", [["text", "A"]]],
  ["words that fade in are read", "<p style='opacity:0'>A</p>", [["text", "A"]]],
  ["a cookie bar that sticks is beside the text", "<div style='position:sticky'>Cookies? Accept</div><p>A</p>", [["text", "A"]]],
  ["a frame of the page is read where it stands", "<p>A</p><iframe srcdoc='x'></iframe><p>B</p>", [["text", "A"], ["text", "B"]]],
  ["a theme's footer is beside the text", "<p>A</p><div class='site-footer'>B</div>", [["text", "A"]]],
  ["blocks without a word are left out", "<p>A</p><p> — </p><p></p>", [["text", "A"]]],
];

for (const [name, body, expected] of CASES) {
  test(name, () => assert.deepEqual(blocksOf(body), expected));
}

test("the title stands first and has no place in the page", () => {
  const [title] = collectBlocks(openPage("<p>A</p>", { title: "Ketamine clinic" }));
  assert.deepEqual(title, { id: "b0", kind: "title", text: "Ketamine clinic", pieces: [], root: null, headings: [] });
});

test("ids are unique and pieces cover the text without gaps", () => {
  const blocks = collectBlocks(openPage("<h1>A</h1><p>b <i>c</i><br>d</p><p>e</p>"));
  assert.equal(new Set(blocks.map(({ id }) => id)).size, blocks.length);
  for (const { text, pieces } of blocks) {
    assert.deepEqual(pieces.map(({ start }) => start), [0, ...pieces.slice(0, -1).map(({ end }) => end)]);
    assert.equal(pieces.at(-1)?.end, text.length);
  }
});

test("collecting leaves the page as it was", () => {
  const document = openPage("<p>A <b>b</b></p><div hidden>c</div>");
  const before = document.documentElement.outerHTML;
  collectBlocks(document);
  assert.equal(document.documentElement.outerHTML, before);
});

/** @param {string} markup @param {(host: Element) => void} [change] */
function shadowPage(markup, change = () => {}) {
  const document = openPage(markup);
  for (const template of document.querySelectorAll("template")) {
    const host = /** @type {Element} */ (template.parentElement);
    host.attachShadow({ mode: "open" }).append(template.content);
    template.remove();
    change(host);
  }
  return collectBlocks(document).map(({ text }) => text);
}

test("an open shadow root is read in place of its host, slots where they stand", () => {
  const card = "<template><h3>Before</h3><p><slot name=a></slot> and <slot>nothing</slot></p></template>";
  assert.deepEqual(shadowPage(`<p>One</p><x-card>${card}<b slot=a>first</b>second</x-card><p>Two</p>`), ["One", "Before", "first and second", "Two"]);
});

test("what no slot shows is not read, and an empty slot shows its own words", () => {
  assert.deepEqual(shadowPage("<x-card><template><p>In <slot name=a>place</slot></p></template>lost</x-card>"), ["In place"]);
});

test("a block knows the headings it stands under", () => {
  const blocks = collectBlocks(openPage("<h1>A</h1><p>1</p><h2>B</h2><p>2</p><h3>C</h3><h2>D</h2><p>3</p>"));
  const under = Object.fromEntries(blocks.map(({ text, headings }) => [text, headings.map((heading) => heading.text).join()]));
  assert.deepEqual(under, { A: "", 1: "A", B: "A", 2: "A,B", C: "A,B", D: "A", 3: "A,D" });
});
