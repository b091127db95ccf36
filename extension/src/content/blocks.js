// The page's visible text as blocks, in reading order, from one walk over the document.
//
// A block is the text of one block-level element with its inline children joined: `<b>FDA</b>-approved`
// is one text, since that is how it is read. White space keeps its length, and characters that show
// nothing part a text node into pieces, so that an offset in the text is a place in the page; only a
// line break that the page shows stays a newline, since sentences end there.

import { BREAK, nothingFound, steps } from "./tree.js";

/**
 * A part of a text node, or a `<br>`. `from`: its offset in the node; `start` and `end`: in the block's text.
 *
 * @typedef {{node: Text | HTMLBRElement, from: number, start: number, end: number, scope: object}} Piece
 * @typedef {{id: string, kind: import("../api.js").BlockKind, text: string, pieces: Piece[],
 *   root: Element | null, headings: Block[]}} Block `root`: the element whose text it is, null for the
 *   title; `headings`: those it stands under, outermost first
 */

/** How the source is wrapped or indented; shown as a space. */
const WRAPPING = /[\t\n\f\r]/g;
/** Soft hyphens, zero-width spaces, marks of direction: within a word they hide it from the server. */
const UNSEEN = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+/g;
const WORD = /[\p{L}\p{N}]/u;

/**
 * All blocks of the page that hold a word, its title first. The title has no pieces.
 *
 * @param {Document} document
 * @returns {Block[]}
 */
export function collectBlocks(document) {
  const collecting = collect(document);
  for (;;) {
    const { done, value } = collecting.next();
    if (done) return value;
  }
}

/**
 * The same, step by step: rests wherever the walk does.
 *
 * @param {Document} document
 * @param {import("./tree.js").Found} [found] takes the shadow roots and frames of the page
 * @returns {Generator<void, Block[]>}
 */
export function* collect(document, found = nothingFound()) {
  const gathered = gatherer();
  if (WORD.test(document.title)) gathered.addTitle(document.title);
  if (document.body) yield* read(document.body, gathered, found);
  return gathered.blocks;
}

/**
 * The blocks of one element as they are now.
 *
 * @param {Element} root
 * @returns {Block[]}
 */
export function reread(root) {
  const gathered = gatherer();
  const reading = read(root, gathered, nothingFound());
  while (!reading.next().done);
  return gathered.blocks;
}

/**
 * @param {Element} root @param {ReturnType<typeof gatherer>} gathered @param {import("./tree.js").Found} found
 * @returns {Generator<void, void>}
 */
function* read(root, gathered, found) {
  for (const step of steps(root, found)) {
    if (step === BREAK) gathered.endBlock();
    else if (typeof step === "object") gathered.addText(step);
    yield;
  }
  gathered.endBlock();
}

function gatherer() {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {Block[]} The headings above the place the walk has reached, outermost first. */
  let headings = [];
  /** @type {WeakMap<Block, number>} */
  const levels = new WeakMap();
  /** @type {Piece[]} */
  let pieces = [];
  let text = "";
  /** @type {import("./tree.js").State | null} */
  let state = null;

  /** @param {Text | HTMLBRElement} node @param {number} from @param {string} words @param {object} scope */
  function addPiece(node, from, words, scope) {
    pieces.push({ node, from, start: text.length, end: text.length + words.length, scope });
    text += words;
  }

  return {
    blocks,
    /** @param {string} title */
    addTitle(title) {
      blocks.push({ id: "b0", kind: "title", text: title, pieces: [], root: null, headings: [] });
    },
    /** @param {import("./tree.js").TextStep} step */
    addText({ node, state: around }) {
      if (node.nodeType !== Node.TEXT_NODE) {
        if (state) addPiece(node, 0, "\n", around.scope);
        return;
      }
      const shown = shownText(/** @type {Text} */ (node).data, around.keepsLineBreaks);
      if (!state && !shown.trim()) return; // the indentation before a block's first word
      state ??= around;
      for (const { from, words } of seenParts(shown)) addPiece(node, from, words, around.scope);
    },
    endBlock() {
      if (state && WORD.test(text)) {
        const level = state.headingLevel;
        headings = level ? headings.filter((heading) => (levels.get(heading) ?? 0) < level) : headings;
        /** @type {Block} */
        const block = { id: `b${blocks.length}`, kind: level ? "heading" : "text", text, pieces, root: state.owner, headings };
        blocks.push(block);
        if (level) {
          levels.set(block, level);
          headings = [...headings, block];
        }
      }
      pieces = [];
      text = "";
      state = null;
    },
  };
}

/** A text node's words as they are shown, as long as its own. @param {string} data @param {() => boolean} keepsLineBreaks */
function shownText(data, keepsLineBreaks) {
  return data.search(WRAPPING) === -1 || keepsLineBreaks() ? data : data.replace(WRAPPING, " ");
}

/** The parts of a text between characters that show nothing. @param {string} text @returns {{from: number, words: string}[]} */
function seenParts(text) {
  if (text.search(UNSEEN) === -1) return [{ from: 0, words: text }];
  const parts = [];
  let from = 0;
  for (const { index, 0: unseen } of text.matchAll(UNSEEN)) {
    if (index > from) parts.push({ from, words: text.slice(from, index) });
    from = index + unseen.length;
  }
  if (from < text.length) parts.push({ from, words: text.slice(from) });
  return parts;
}
