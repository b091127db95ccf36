// One walk over what a page shows, in the order it is read: open shadow roots in place of their hosts,
// slotted nodes where they are slotted, same-origin frames where they stand. Nothing here changes the page.

/**
 * What an element says about the text in it.
 *
 * @typedef {object} State
 * @property {Element} owner the block-level element whose text this is
 * @property {object} scope nodes of one scope follow each other in the DOM as they do on the screen
 * @property {boolean} isVisible
 * @property {() => boolean} keepsLineBreaks whether a newline in the source is one on the screen
 * @property {number} headingLevel 0 outside headings
 */
/** @typedef {{node: Text | HTMLBRElement, state: State}} TextStep */
/** @typedef {{roots: Set<Document | ShadowRoot>, frames: Set<HTMLIFrameElement>}} Found what must be watched for changes */

/** A block ends here. */
export const BREAK = Symbol("break");
/** Nothing to read, but a place where the walk may rest. */
const PASS = Symbol("pass");

// Most elements are told by their name; selectors are asked only of those with attributes, since a
// dozen of them for each of thousands of elements are felt.
/** Wordless, or read by nobody: the sentence goes on across them. */
const SILENT = new Set(["script", "style", "noscript", "template", "svg", "img", "picture", "canvas", "video", "audio", "object", "embed"]);
/** They show words that are not the page's prose: a sentence must not be joined across them. */
const FOREIGN = new Set(["input", "textarea", "select", "code", "pre", "kbd", "samp", "math"]);
const EDITABLE = "[contenteditable]:not([contenteditable='false' i])";
const NAVIGATION = "nav, [role='navigation'], [role='menu'], [role='menubar'], [role='search'], .main-navigation, .breadcrumb, .breadcrumbs";
const PAGE_FOOTER = "footer, [role='contentinfo'], #footer, #colophon, .site-footer";
const PAGE_HEADER = "header, [role='banner']";
/** What one of the three above may be by its name alone. */
const LANDMARKS = new Set(["nav", "footer", "header", "dialog"]);
/** Inside these a header or footer belongs to the content, as the name under a quotation does. */
const SECTIONING = "article, aside, blockquote, figure, main, section";
const DIALOG = "dialog, [role='dialog'], [role='alertdialog'], [role='region'], [aria-modal='true'], [id*='cookie' i], [class*='cookie' i], [id*='consent' i], [class*='consent' i]";
const COOKIE_WORDS = /\bcookies?\b/i;
const CONSENT_WORDS = /\b(accept|agree|allow|consent|decline|manage|preferences|reject|settings)\b/i;
/** A cookie wall is short; a whole page in a fixed frame that mentions cookies is not one. */
const MAX_COOKIE_WALL_CHARACTERS = 4000;
const HEADING_NAME = /^h[1-6]$/;
/** Values of `white-space` under which a newline in the source breaks the line on the screen. */
const KEEPS_LINE_BREAKS = /^(pre(?!serve-spaces)|break-spaces)/;
/** Nearer to the edge something may be on its way in; farther it is meant for nobody's eyes. */
const OFF_SCREEN_PX = -2000;

/** @returns {Found} */
export const nothingFound = () => ({ roots: new Set(), frames: new Set() });

/**
 * The steps of a walk below `root`: text and `<br>`, and where blocks end. It rests at every step, so
 * that a caller may stop for a frame; a page that changes meanwhile costs words, never an error.
 *
 * @param {Element} root
 * @param {Found} [found] takes what was walked into
 * @returns {Generator<TextStep | symbol, void>}
 */
export function* steps(root, found = nothingFound()) {
  /** @type {Level[]} */
  const levels = [levelOf(root, stateOf(root, styleOf(root), true, null), false, found)];
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const node = level.next;
    if (!node) {
      levels.pop();
      if (level.isBlock) yield BREAK;
      continue;
    }
    advance(level);
    if (node.nodeType === Node.TEXT_NODE) {
      if (level.state.isVisible) yield { node: /** @type {Text} */ (node), state: stateFor(node, level) };
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      yield enter(/** @type {Element} */ (node), level, levels, found);
    }
  }
}

/**
 * Nodes beside each other that are still to be visited.
 *
 * @typedef {{next: Node | null, list: Node[] | null, index: number, state: State, isBlock: boolean, last?: Node}} Level
 *   `list`: of slotted nodes; others are siblings; `last`: the one visited before, of a list
 */

/**
 * The state around a node of a level. Slotted nodes that are not neighbours in the DOM are scopes of
 * their own: between them it may hold what stands elsewhere.
 *
 * @param {Node} node @param {Level} level
 */
function stateFor(node, level) {
  if (level.list && node.previousSibling !== level.last) level.state = { ...level.state, scope: {} };
  level.last = node;
  return level.state;
}

/** @param {Level} level */
function advance(level) {
  level.index += 1;
  level.next = level.list ? (level.list[level.index] ?? null) : (level.next?.nextSibling ?? null);
}

/**
 * What an element is to the walk; goes into it where its text is read.
 *
 * @param {Element} element @param {Level} level @param {Level[]} levels @param {Found} found
 * @returns {TextStep | symbol}
 */
function enter(element, level, levels, found) {
  const { localName } = element;
  const hasAttributes = element.attributes.length > 0;
  if (SILENT.has(localName) || localName.startsWith("overclaim-")) return PASS;
  if (hasAttributes && element.getAttribute("aria-hidden") === "true") return PASS;
  const style = styleOf(element);
  if (style.display === "none" || style.contentVisibility === "hidden" || isOutOfSight(style)) return PASS;
  if (localName === "br") return level.state.isVisible ? { node: /** @type {HTMLBRElement} */ (element), state: level.state } : PASS;
  if (FOREIGN.has(localName) || (hasAttributes && element.matches(EDITABLE))) return BREAK;
  if (isBeside(element, style, hasAttributes)) return BREAK;
  const isBlock = endsBlocks(element, style);
  levels.push(levelOf(element, stateOf(element, style, isBlock, stateFor(element, level)), isBlock, found));
  return isBlock ? BREAK : PASS;
}

/**
 * @param {Element} element @param {State} state @param {boolean} isBlock @param {Found} found
 * @returns {Level}
 */
function levelOf(element, state, isBlock, found) {
  const frame = bodyOfFrame(element, found);
  if (frame) return { next: frame.firstChild, list: null, index: 0, state: { ...stateOf(frame, styleOf(frame), true, state), scope: {} }, isBlock };
  if (element.shadowRoot) {
    found.roots.add(element.shadowRoot);
    return { next: element.shadowRoot.firstChild, list: null, index: 0, state: { ...state, scope: {} }, isBlock };
  }
  const slotted = element.localName === "slot" ? /** @type {HTMLSlotElement} */ (element).assignedNodes() : [];
  if (slotted.length > 0) return { next: slotted[0], list: slotted, index: 0, state: { ...state, scope: {} }, isBlock };
  return { next: element.firstChild, list: null, index: 0, state, isBlock };
}

/** The body of a frame whose document we may read; null for others. @param {Element} element @param {Found} found */
function bodyOfFrame(element, found) {
  if (element.localName !== "iframe") return null;
  const frame = /** @type {HTMLIFrameElement} */ (element);
  found.frames.add(frame);
  const inner = frame.contentDocument; // null for another origin
  if (!inner?.body) return null;
  found.roots.add(inner);
  return inner.body;
}

/** @param {Element} element @param {CSSStyleDeclaration} style @param {boolean} isBlock @param {State | null} around @returns {State} */
function stateOf(element, style, isBlock, around) {
  return {
    owner: !around || isBlock ? element : around.owner,
    scope: around?.scope ?? {},
    isVisible: style.visibility === "visible",
    keepsLineBreaks: () => KEEPS_LINE_BREAKS.test(style.whiteSpace), // few texts hold a newline
    headingLevel: levelOfHeading(element) || (around?.headingLevel ?? 0),
  };
}

/** @param {Element} element */
function levelOfHeading(element) {
  if (HEADING_NAME.test(element.localName)) return Number(element.localName[1]);
  return element.getAttribute("role") === "heading" ? Number(element.getAttribute("aria-level")) || 2 : 0;
}

/** @param {Element} element */
export function styleOf(element) {
  return (element.ownerDocument.defaultView ?? globalThis).getComputedStyle(element);
}

/**
 * For screen readers only, or moved away: a mark on such words would be a mark on nothing. What is
 * merely transparent is read, since pages fade their text in.
 *
 * @param {CSSStyleDeclaration} style
 */
function isOutOfSight(style) {
  if (style.position !== "absolute" && style.position !== "fixed") return false;
  // Asked one by one, and only here: sizes and places make the browser lay out the page.
  if (/^rect\((0|1)px(,? (0|1)px){3}\)$/.test(style.clip ?? "") || /^inset\((50|100)%/.test(style.clipPath ?? "")) return true;
  if (parseFloat(style.left) < OFF_SCREEN_PX || parseFloat(style.top) < OFF_SCREEN_PX) return true;
  return /hidden|clip/.test(style.overflow) && parseFloat(style.width) <= 1 && parseFloat(style.height) <= 1;
}

/**
 * Around the page's prose, not part of it: navigation, page header and footer, cookie walls.
 *
 * @param {Element} element @param {CSSStyleDeclaration} style @param {boolean} hasAttributes
 */
function isBeside(element, style, hasAttributes) {
  const isOver = style.position === "fixed" || style.position === "sticky";
  if (!hasAttributes && !isOver && !LANDMARKS.has(element.localName)) return false;
  if (element.matches(NAVIGATION)) return true;
  const isOfPage = !element.parentElement?.closest(SECTIONING);
  if (element.matches(PAGE_FOOTER)) return isOfPage;
  if (element.matches(PAGE_HEADER) && isOfPage) {
    const isBanner = element.getAttribute("role") === "banner" || element.querySelector(NAVIGATION) !== null;
    return isBanner && !element.querySelector("h1"); // a header may also hold the page's opening promise
  }
  return (isOver || element.matches(DIALOG)) && isCookieWall(element);
}

/** @param {Element} element */
function isCookieWall(element) {
  const text = `${element.textContent ?? ""} ${element.shadowRoot?.textContent ?? ""}`;
  return text.length <= MAX_COOKIE_WALL_CHARACTERS && COOKIE_WORDS.test(text) && CONSENT_WORDS.test(text);
}

/** @param {Element} element @param {CSSStyleDeclaration} style */
function endsBlocks(element, style) {
  if (element.localName === "button" || element.localName === "iframe") return true;
  if (/^(inline|contents|ruby)/.test(style.display)) return false;
  return !isDropCap(element, style);
}

/** A floated first letter computes to `display: block`, yet is part of its word. @param {Element} element @param {CSSStyleDeclaration} style */
function isDropCap(element, style) {
  return element.localName === "span" && Boolean(style.float) && style.float !== "none" && (element.textContent ?? "").trim().length <= 2;
}
