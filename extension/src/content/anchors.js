// From offsets in a block's text back to a place in the page.
// Offsets count UTF-16 code units, as JavaScript strings do and as we ask the server to.

import { reread } from "./blocks.js";

/** @typedef {import("./blocks.js").Block} Block @typedef {import("./blocks.js").Piece} Piece */

/**
 * The page's ranges for a claim, or null when those words do not stand there now.
 *
 * The server says both where a claim stands and how it reads; they must agree with each other and
 * with the page. A highlight on other words accuses a sentence nobody checked: no highlight is the
 * lesser harm. One range is the rule; words in part inside a shadow root take several.
 *
 * @param {Block | undefined} block as it was collected
 * @param {{start: number, end: number, text: string}} claim
 * @param {typeof reread} [readAgain] how an element reads now
 * @returns {Range[] | null}
 */
export function locate(block, { start, end, text }, readAgain = reread) {
  if (!block?.root || block.pieces.length === 0) return null;
  if (!(start < end && end <= block.text.length) || block.text.slice(start, end) !== text) return null;
  return rangesOf(block, start, end, readAgain);
}

/** `reread` that reads each element once: for many claims at one moment. @returns {typeof reread} */
export function rereadOnce() {
  /** @type {Map<Element, Block[]>} */
  const known = new Map();
  return (root) => {
    const blocks = known.get(root) ?? reread(root);
    known.set(root, blocks);
    return blocks;
  };
}

/**
 * The page's ranges for `block.text.slice(start, end)`.
 *
 * @param {Block} block `text` is its pieces joined
 * @param {number} start inclusive
 * @param {number} end exclusive
 * @param {typeof reread} [readAgain]
 * @returns {Range[] | null} null when the page has changed there
 * @throws {RangeError} the span lies outside the block
 */
export function rangesOf(block, start, end, readAgain = reread) {
  if (!(0 <= start && start < end && end <= block.text.length)) {
    throw new RangeError(`span ${start}–${end} outside block ${block.id} of length ${block.text.length}`);
  }
  const pieces = piecesIn(block, start, end);
  if (!readsTheSame(block, pieces, start, end, readAgain)) return null;
  return runsOf(pieces).map((run) => {
    const first = run[0];
    const last = run[run.length - 1];
    const range = first.node.ownerDocument.createRange();
    range.setStart(...boundaryOf(first, Math.max(start, first.start)));
    range.setEnd(...boundaryOf(last, Math.min(end, last.end)));
    return range;
  });
}

/**
 * Whether the text nodes of a span are still in the page with their words: what can be asked at
 * every change of a page, since it costs next to nothing.
 *
 * @param {Block} block @param {number} start @param {number} end
 */
export function mayStillRead(block, start, end) {
  return piecesIn(block, start, end).every(({ node, from, start: first, end: last }) => {
    if (!node.isConnected || node.nodeType !== Node.TEXT_NODE) return node.isConnected;
    const words = /** @type {Text} */ (node).data.slice(from, from + last - first).replace(/[\t\n\f\r]/g, " ");
    return words === block.text.slice(first, last).replaceAll("\n", " ");
  });
}

/** @param {Block} block @param {number} start @param {number} end */
export function piecesIn(block, start, end) {
  return block.pieces.filter((piece) => piece.start < end && start < piece.end);
}

/**
 * Whether the page shows between these pieces what it showed when they were collected: the same
 * nodes with the same words, none new among them.
 *
 * `Range.toString()` would not do: it leaves out `<br>` and takes in hidden text.
 *
 * @param {Block} block @param {Piece[]} pieces @param {number} start @param {number} end @param {typeof reread} readAgain
 */
function readsTheSame(block, pieces, start, end, readAgain) {
  const [first] = pieces;
  if (!block.root?.isConnected || !first.node.isConnected) return false;
  const now = readAgain(block.root).find((candidate) => candidate.pieces.some((piece) => isSame(piece, first)));
  if (!now) return false;
  const index = now.pieces.findIndex((piece) => isSame(piece, first));
  const shift = now.pieces[index].start - first.start;
  if (now.text.slice(start + shift, end + shift) !== block.text.slice(start, end)) return false;
  return pieces.every((piece, offset) => {
    const other = now.pieces[index + offset];
    return other !== undefined && isSame(other, piece) && other.start === piece.start + shift;
  });
}

/** @param {Piece} one @param {Piece} other */
function isSame(one, other) {
  return one.node === other.node && one.from === other.from;
}

/** Pieces in groups that one range covers, with nothing between that stands elsewhere. @param {Piece[]} pieces */
function runsOf(pieces) {
  /** @type {Piece[][]} */
  const runs = [];
  for (const piece of pieces) {
    const run = runs.at(-1);
    if (run && run[0].scope === piece.scope) run.push(piece);
    else runs.push([piece]);
  }
  return runs;
}

/**
 * The DOM's boundary point for an offset in the block's text that lies in or at the end of `piece`.
 *
 * @param {Piece} piece @param {number} offset
 * @returns {[Node, number]}
 */
function boundaryOf(piece, offset) {
  const within = offset - piece.start;
  if (piece.node.nodeType === Node.TEXT_NODE) return [piece.node, piece.from + within];
  const parent = /** @type {ParentNode & Node} */ (piece.node.parentNode);
  return [parent, Array.prototype.indexOf.call(parent.childNodes, piece.node) + within];
}
