// Notices when a page changes, and waits until it rests.

/** Of quiet before a changed page is read again. */
const REST_MS = 500;
/** A page that never rests is read all the same. */
const LONGEST_WAIT_MS = 2000;
/** While changes bring nothing, as those of an animation, readings grow rarer up to this. */
const SLOWEST_MS = 8000;
const WATCHED = {
  subtree: true,
  childList: true,
  characterData: true,
  attributes: true,
  attributeOldValue: true,
  attributeFilter: ["class", "style", "hidden", "open", "aria-hidden", "contenteditable", "slot"],
};

/**
 * @param {object} callbacks
 * @param {(records: MutationRecord[]) => void} callbacks.onChange at once, before the page is drawn again
 * @param {() => Promise<boolean>} callbacks.onRest once the page rests; tells whether that was worth it
 */
export function createWatch({ onChange, onRest }) {
  /** @type {MutationObserver | null} */
  let observer = null;
  /** @type {WeakSet<Document | ShadowRoot>} */
  let watched = new WeakSet();
  /** @type {WeakSet<HTMLIFrameElement>} */
  let frames = new WeakSet();
  /** @type {AbortController | null} */
  let listening = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let changedSince = 0;
  let rest = REST_MS;
  let changes = 0;
  let isReading = false;

  /** @param {MutationRecord[]} records */
  function onMutations(records) {
    const relevant = records.filter(concernsText);
    if (relevant.length === 0) return;
    onChange(relevant);
    changed();
  }

  function changed() {
    changes += 1;
    changedSince ||= performance.now();
    if (isReading) return; // asked again when it ends
    clearTimeout(timer);
    const deadline = changedSince + Math.max(LONGEST_WAIT_MS, rest);
    timer = setTimeout(read, Math.min(rest, deadline - performance.now()));
  }

  async function read() {
    changedSince = 0;
    isReading = true;
    const before = changes;
    try {
      const wasWorthIt = await onRest();
      rest = wasWorthIt ? REST_MS : Math.min(rest * 1.5, SLOWEST_MS);
    } finally {
      isReading = false;
      if (changes !== before && observer) changed();
    }
  }

  /** Whoever clicks or types expects an answer to what it opens. */
  function onUse() {
    rest = REST_MS;
  }

  return {
    /** How often the page has changed: equal numbers mean that it has not in between. */
    changes() {
      onMutations(observer?.takeRecords() ?? []);
      return changes;
    },
    /** Watches these too, if they are not watched yet. @param {import("./tree.js").Found} found */
    include(found) {
      observer ??= new MutationObserver(onMutations);
      listening ??= new AbortController();
      for (const root of found.roots) {
        if (watched.has(root)) continue;
        watched.add(root);
        observer.observe(root, WATCHED);
        root.addEventListener("click", onUse, { capture: true, passive: true, signal: listening.signal });
        root.addEventListener("keydown", onUse, { capture: true, passive: true, signal: listening.signal });
      }
      for (const frame of found.frames) {
        if (frames.has(frame)) continue;
        frames.add(frame);
        frame.addEventListener("load", changed, { signal: listening.signal });
      }
    },
    stop() {
      observer?.disconnect();
      observer = null;
      listening?.abort();
      listening = null;
      watched = new WeakSet();
      frames = new WeakSet();
      clearTimeout(timer);
      changedSince = 0;
      rest = REST_MS;
    },
  };
}

/** @param {MutationRecord} record */
function concernsText({ type, target, addedNodes, removedNodes, oldValue, attributeName }) {
  if (type === "attributes") return attributeName !== "style" || shownBy(oldValue) !== shownBy(/** @type {Element} */ (target).getAttribute("style"));
  if (isOutsideBody(target)) return isOfTitle(target, [...addedNodes, ...removedNodes]);
  return type === "characterData" || [...addedNodes, ...removedNodes].some((node) => !isOwn(node));
}

/** What of an inline style shows or hides: animations change the rest of it at every frame. @param {string | null} style */
function shownBy(style) {
  return (style?.match(/\b(display|visibility|content-visibility|white-space)\s*:[^;]*/g) ?? []).join();
}

/** @param {Node} target */
function isOutsideBody(target) {
  const { ownerDocument } = target;
  return ownerDocument !== null && target.getRootNode() === ownerDocument && ownerDocument.head?.contains(target) === true;
}

/** @param {Node} target @param {Node[]} nodes */
function isOfTitle(target, nodes) {
  return target.parentElement?.localName === "title" || [target, ...nodes].some((node) => node.nodeName.toLowerCase() === "title");
}

/** @param {Node} node */
function isOwn(node) {
  return node.nodeType === Node.ELEMENT_NODE && /** @type {Element} */ (node).localName.startsWith("overclaim-");
}
