// Where words are on the screen, in the coordinates of the top window's viewport.

/** @typedef {{x: number, y: number}} Point @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/**
 * The boxes of a claim's words. The ranges' own boxes would not do: they hold an inline element's box
 * and its text's, and, under `<details>` that is shut, boxes over other words.
 *
 * @param {readonly Range[]} ranges
 * @returns {Box[]}
 */
export function boxesOf(ranges) {
  return ranges.flatMap((range) => {
    const offset = offsetOf(range.startContainer.ownerDocument);
    return textNodesOf(range).flatMap((node) => boxesOfNode(range, node, offset));
  });
}

/** @param {Range} range @returns {Text[]} those that are drawn */
export function textNodesOf(range) {
  const { commonAncestorContainer } = range;
  const walker = (commonAncestorContainer.ownerDocument ?? document).createNodeIterator(commonAncestorContainer, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const nodes = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (range.intersectsNode(node) && node.parentElement?.checkVisibility() !== false) nodes.push(/** @type {Text} */ (node));
  }
  return nodes;
}

/** @param {Range} range @param {Text} node @param {Point} offset @returns {Box[]} */
function boxesOfNode(range, node, { x, y }) {
  const words = node.ownerDocument.createRange();
  words.selectNodeContents(node);
  if (node === range.startContainer) words.setStart(node, range.startOffset);
  if (node === range.endContainer) words.setEnd(node, range.endOffset);
  return [...words.getClientRects()].map(({ left, top, right, bottom }) => ({ left: left + x, top: top + y, right: right + x, bottom: bottom + y }));
}

/** Where a frame's document begins in the top window; the same-origin frames we read can be asked. @param {Document | null} inner @returns {Point} */
export function offsetOf(inner) {
  let x = 0;
  let y = 0;
  let frame = frameOf(inner);
  while (frame) {
    const { left, top } = frame.getBoundingClientRect();
    const style = frame.ownerDocument.defaultView?.getComputedStyle(frame);
    x += left + frame.clientLeft + (parseFloat(style?.paddingLeft ?? "") || 0);
    y += top + frame.clientTop + (parseFloat(style?.paddingTop ?? "") || 0);
    frame = frameOf(frame.ownerDocument);
  }
  return { x, y };
}

/** @param {Document | null} inner */
function frameOf(inner) {
  return inner && inner !== document ? /** @type {HTMLElement | null} */ (inner.defaultView?.frameElement ?? null) : null;
}

/** The element drawn at a point, through open shadow roots and frames. @param {Point} point */
export function elementAt({ x, y }) {
  /** @type {Document | ShadowRoot} */
  let scope = document;
  let at = { x, y };
  for (;;) {
    /** @type {Element | null} */
    const hit = scope.elementFromPoint(at.x, at.y);
    if (!hit) return null;
    /** @type {Document | null} */
    const inner = hit.localName === "iframe" ? /** @type {HTMLIFrameElement} */ (hit).contentDocument : null;
    if (inner) {
      const offset = offsetOf(inner);
      at = { x: x - offset.x, y: y - offset.y };
      scope = inner;
    } else if (hit.shadowRoot && hit.shadowRoot !== scope) {
      scope = hit.shadowRoot;
    } else {
      return hit;
    }
  }
}

/**
 * Whether the words of a range are what is drawn at a point, and not a dialog above them. Text that
 * takes no events lets the point fall through to an element around it.
 *
 * @param {Range} range @param {Element | null} hit as `elementAt` found it
 */
export function isOnTop(range, hit) {
  const around = elementOf(range.commonAncestorContainer);
  return hit !== null && around !== null && (around.contains(hit) || containsDeep(hit, around));
}

/** @param {Node} node */
export function elementOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? /** @type {Element} */ (node) : node.parentElement;
}

/** `contains` through shadow roots and frames. @param {Node} around @param {Node} inner */
export function containsDeep(around, inner) {
  /** @type {Node | null} */
  let node = inner;
  while (node) {
    if (node === around) return true;
    node = parentOf(node);
  }
  return false;
}

/** @param {Node} node @returns {Node | null} */
export function parentOf(node) {
  if (node.parentNode) return node.parentNode;
  if (node.nodeType === Node.DOCUMENT_NODE) return frameOf(/** @type {Document} */ (node));
  return /** @type {ShadowRoot} */ (node).host ?? null;
}
