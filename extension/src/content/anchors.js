// From offsets in a block's text back to a place in the page.
// Offsets count UTF-16 code units, as JavaScript strings do and as we ask the server to.

import { isPiece, textOf, textWalker } from "./blocks.js";

/** @typedef {import("./blocks.js").Block} Block @typedef {import("./blocks.js").Piece} Piece */

/**
 * The page's range for a claim, or null when those words do not stand there now.
 *
 * The server says both where a claim stands and how it reads; they must agree with each other and
 * with the page. A highlight on other words accuses a sentence nobody checked: no highlight is the
 * lesser harm.
 *
 * @param {Block | undefined} block as collected before the request
 * @param {{start: number, end: number, text: string}} claim
 * @returns {Range | null}
 */
export function locate(block, { start, end, text }) {
  if (!block || block.pieces.length === 0) return null;
  if (!(start < end && end <= block.text.length) || block.text.slice(start, end) !== text) return null;
  return rangeOf(block, start, end);
}

/**
 * The page's range for `block.text.slice(start, end)`.
 *
 * @param {Block} block `text` is its pieces joined
 * @param {number} start inclusive
 * @param {number} end exclusive
 * @returns {Range | null} null when the page has changed there
 * @throws {RangeError} the span lies outside the block
 */
export function rangeOf(block, start, end) {
  if (!(0 <= start && start < end && end <= block.text.length)) {
    throw new RangeError(`span ${start}–${end} outside block ${block.id} of length ${block.text.length}`);
  }
  const pieces = block.pieces.filter((piece) => piece.start < end && start < piece.end);
  if (!readsTheSame(block, pieces, start, end)) return null;
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  const range = first.node.ownerDocument.createRange();
  range.setStart(...boundaryOf(first, start));
  range.setEnd(...boundaryOf(last, end));
  return range;
}

/**
 * Whether the page shows between these pieces what it showed when they were collected: the same
 * nodes with the same words, none new among them.
 *
 * `Range.toString()` would not do: it leaves out `<br>` and takes in hidden text.
 *
 * @param {Block} block @param {Piece[]} pieces @param {number} start @param {number} end
 */
function readsTheSame(block, pieces, start, end) {
  const [first] = pieces;
  const root = first.node.isConnected ? first.node.ownerDocument.body : null;
  if (!root?.contains(first.node)) return false;
  const walker = textWalker(root);
  walker.currentNode = first.node;
  return pieces.every((piece, index) => {
    const node = index === 0 ? first.node : walker.nextNode();
    if (node !== piece.node || !isPiece(node)) return false;
    const from = Math.max(start, piece.start);
    const to = Math.min(end, piece.end);
    return textOf(node).slice(from - piece.start, to - piece.start) === block.text.slice(from, to);
  });
}

/**
 * The DOM's boundary point for an offset in the block's text that lies in or at the end of `piece`.
 *
 * @param {Piece} piece @param {number} offset
 * @returns {[Node, number]}
 */
function boundaryOf(piece, offset) {
  const within = offset - piece.start;
  if (piece.node.nodeType === Node.TEXT_NODE) return [piece.node, within];
  const parent = /** @type {ParentNode & Node} */ (piece.node.parentNode);
  return [parent, Array.prototype.indexOf.call(parent.childNodes, piece.node) + within];
}
