// The page's visible text as blocks, in reading order, from one walk over the document.
//
// A block is the text of one block-level element with its inline children joined: `<b>FDA</b>-approved`
// is one text, since that is how it is read. White space keeps its length, so that an offset in the
// text is a place in the page; only a line break that the page shows stays a newline, since sentences
// end there. Nothing here changes the page.

/**
 * @typedef {{node: Text | HTMLBRElement, start: number, end: number}} Piece offsets in the block's text
 * @typedef {{id: string, kind: import("../api.js").BlockKind, text: string, pieces: Piece[]}} Block
 */

/** Wordless, or read by nobody: the sentence goes on across them. */
const SILENT = "script, style, noscript, template, svg, img, picture, canvas, video, audio, iframe, object, [aria-hidden='true']";
/** They show words that are not the page's prose: a sentence must not be joined across them. */
const FOREIGN = "input, textarea, select, code, pre, math, [contenteditable]:not([contenteditable='false' i])";
const NAVIGATION = "nav, [role='navigation'], [role='menu'], [role='menubar'], [role='search']";
const PAGE_FOOTER = "footer, [role='contentinfo']";
const PAGE_HEADER = "header, [role='banner']";
/** Inside these a header or footer belongs to the content, as the name under a quotation does. */
const SECTIONING = "article, aside, blockquote, figure, main, section";
const DIALOG = "dialog, [role='dialog'], [role='alertdialog'], [role='region'], [aria-modal='true']";
const COOKIE_WORDS = /\bcookies?\b/i;
const CONSENT_WORDS = /\b(accept|agree|allow|consent|decline|manage|preferences|reject|settings)\b/i;
/** A cookie wall is short; a whole page in a fixed frame that mentions cookies is not one. */
const MAX_COOKIE_WALL_CHARACTERS = 4000;
/** How the source is wrapped or indented; shown as a space. */
const WRAPPING = /[\t\n\f\r]/g;
/** Values of `white-space` under which a newline in the source breaks the line on the screen. */
const KEEPS_LINE_BREAKS = /^(pre(?!serve-spaces)|break-spaces)/;
const HEADING = "h1, h2, h3, h4, h5, h6, [role='heading']";

/**
 * All blocks of the page that hold a word, its title first. The title has no pieces.
 *
 * @param {Document} document
 * @returns {Block[]}
 */
export function collectBlocks(document) {
  /** @type {Block[]} */
  const blocks = [];
  const add = (/** @type {import("../api.js").BlockKind} */ kind, /** @type {string} */ text, /** @type {Piece[]} */ pieces) => {
    if (/[\p{L}\p{N}]/u.test(text)) blocks.push({ id: `b${blocks.length}`, kind, text, pieces });
  };
  add("title", document.title, []);
  if (!document.body) return blocks;

  /** @type {Piece[]} */
  let pieces = [];
  let text = "";
  /** @type {Element | null} */
  let owner = null;
  const flush = () => {
    if (owner) add(owner.closest(HEADING) ? "heading" : "text", text, pieces);
    pieces = [];
    text = "";
    owner = null;
  };
  const walker = textWalker(document.body);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!isPiece(node)) {
      flush();
      continue;
    }
    const parent = blockParentOf(node);
    if (parent !== owner) flush();
    const data = textOf(node);
    if (!owner && !data.trim()) continue; // the indentation before a block's first word
    owner = parent;
    pieces.push({ node, start: text.length, end: text.length + data.length });
    text += data;
  }
  flush();
  return blocks;
}

/**
 * Visits, in document order, what `collectBlocks` reads: visible text and `<br>` as pieces, and
 * every element that ends a block. Foreign and block-level elements are visited, silent ones are not.
 *
 * @param {Element} root
 */
export function textWalker(root) {
  return root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      return isShown(/** @type {Text} */ (node)) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
    }
    const element = /** @type {Element} */ (node);
    if (element.matches(SILENT)) return NodeFilter.FILTER_REJECT;
    const style = getComputedStyle(element);
    if (style.display === "none") return NodeFilter.FILTER_REJECT;
    if (isBeside(element, style)) return NodeFilter.FILTER_REJECT;
    if (element.localName === "br") return NodeFilter.FILTER_ACCEPT;
    return isBlockLevel(element, style) || isForeign(element) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP;
  });
}

/** @param {Node} node @returns {node is Text | HTMLBRElement} */
export function isPiece(node) {
  return node.nodeType === Node.TEXT_NODE || /** @type {Element} */ (node).localName === "br";
}

/** The text a piece gives now, as long as the node's own. @param {Text | HTMLBRElement} node */
export function textOf(node) {
  if (node.nodeType !== Node.TEXT_NODE) return "\n";
  const { data, parentElement } = /** @type {Text} */ (node);
  if (data.search(WRAPPING) === -1) return data; // spares most nodes the question for their style
  const keepsLineBreaks = parentElement !== null && KEEPS_LINE_BREAKS.test(getComputedStyle(parentElement).whiteSpace);
  return keepsLineBreaks ? data : data.replace(WRAPPING, " ");
}

/** @param {Text} text */
function isShown(text) {
  const parent = text.parentElement;
  if (!parent || parent.closest(FOREIGN)) return false;
  return getComputedStyle(parent).visibility === "visible";
}

/** @param {Element} element */
function isForeign(element) {
  return element.matches(FOREIGN) || element.localName === "button";
}

/**
 * Around the page's prose, not part of it: navigation, page header and footer, cookie walls.
 *
 * @param {Element} element @param {CSSStyleDeclaration} style
 */
function isBeside(element, style) {
  if (element.matches(NAVIGATION)) return true;
  const isOfPage = !element.parentElement?.closest(SECTIONING);
  if (element.matches(PAGE_FOOTER)) return isOfPage;
  if (element.matches(PAGE_HEADER) && isOfPage) {
    const isBanner = element.getAttribute("role") === "banner" || element.querySelector(NAVIGATION) !== null;
    return isBanner && !element.querySelector("h1"); // a header may also hold the page's opening promise
  }
  return (element.matches(DIALOG) || style.position === "fixed") && isCookieWall(element);
}

/** @param {Element} element */
function isCookieWall(element) {
  const text = element.textContent ?? "";
  return text.length <= MAX_COOKIE_WALL_CHARACTERS && COOKIE_WORDS.test(text) && CONSENT_WORDS.test(text);
}

/** @param {Element} element @param {CSSStyleDeclaration} style */
function isBlockLevel(element, style) {
  if (/^(inline|contents|ruby)/.test(style.display)) return false;
  return !isDropCap(element, style);
}

/** A floated first letter computes to `display: block`, yet is part of its word. */
function isDropCap(/** @type {Element} */ element, /** @type {CSSStyleDeclaration} */ style) {
  return element.localName === "span" && Boolean(style.float) && style.float !== "none" && (element.textContent ?? "").trim().length <= 2;
}

/** The nearest element around `node` whose text is a block of its own. @param {Node} node */
function blockParentOf(node) {
  let element = node.parentElement;
  while (element?.parentElement) {
    if (element.localName === "button" || isBlockLevel(element, getComputedStyle(element))) return element;
    element = element.parentElement;
  }
  return element;
}
