// The card beside a claim: when it opens and closes, and where it stands.

import { CARD_STYLES } from "./cardstyles.js";
import { cardOf } from "./cardview.js";
import { boxesOf, elementAt, elementOf, isOnTop, offsetOf } from "./geometry.js";
import { attachLayer } from "./layer.js";

/**
 * @typedef {import("./main.js").Finding} Finding
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {object} Edge
 * @property {() => boolean} isAlive
 * @property {() => void} onOrphaned runs once the extension was updated under us: nobody would answer
 *   for the marks any more
 * @property {() => void} onClosed
 * @property {(finding: Finding, comment: string) => Promise<{error?: import("../background.js").Failure}>} dispute
 */
/**
 * What is shown: the claims, and how.
 *
 * @typedef {{findings: readonly Finding[], versions: import("./cardview.js").Versions, textSize: number,
 *   colours: Record<string, string>}} Shown
 */

/** A pointer that only crosses a claim opens nothing. */
const OPEN_DELAY_MS = 150;
/** Long enough to move from the claim into the card. */
const CLOSE_DELAY_MS = 350;
const GAP_PX = 8;

/** @param {Edge} edge */
export function createCard({ isAlive, onOrphaned, onClosed, dispute }) {
  /** @type {Shown} */
  let shown = { findings: [], versions: { modelVersion: "", referenceVersion: "" }, textSize: 1, colours: {} };
  /** @type {{finding: Finding, box: HTMLElement, remove: () => void, host: HTMLElement, pinned: boolean} | null}
   *   `pinned`: asked for, so it stays when the pointer leaves */
  let open = null;
  /** @type {Finding | null} Where next and previous go on from. */
  let last = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** What `timer` will show: a claim, null to close, undefined when it is not running. @type {Finding | null | undefined} */
  let pending;
  let frame = 0;
  /** @type {AbortController | null} */
  let listening = null;
  /** Where the focus was before the keyboard brought it into a card. @type {HTMLElement | null} */
  let returnTo = null;

  const reachable = () => shown.findings.filter(({ ranges }) => ranges !== null);

  /**
   * @param {Finding} finding
   * @param {{point?: Point, pinned: boolean, takesFocus?: boolean}} how `point`: where the pointer is,
   *   to choose among a claim's lines
   */
  function openCard(finding, { point, pinned, takesFocus = false }) {
    cancel();
    if (open && isSameClaim(open.finding, finding)) open.pinned ||= pinned;
    else attachCard(finding, point, pinned);
    if (!takesFocus || !open) return;
    if (document.activeElement !== open.host) returnTo ??= /** @type {HTMLElement | null} */ (document.activeElement);
    open.box.focus();
  }

  /** @param {Finding} finding @param {Point | undefined} point @param {boolean} pinned */
  function attachCard(finding, point, pinned) {
    open?.remove();
    open = null;
    if (!finding.ranges) return;
    last = finding;
    const { host, shadow, root, remove } = attachLayer("overclaim-card", CARD_STYLES);
    const claims = reachable();
    const box = cardOf(
      finding,
      { place: claims.indexOf(finding) + 1, count: claims.length, versions: shown.versions },
      { close, move, dispute: (comment) => dispute(finding, comment) },
    );
    box.style.setProperty("--size", String(shown.textSize));
    for (const [name, value] of Object.entries(shown.colours)) box.dataset[name] = value;
    root.append(box);
    // What is typed here is no shortcut of the page.
    for (const type of ["keydown", "keyup", "keypress"]) shadow.addEventListener(type, (event) => event.stopPropagation());
    shadow.addEventListener("keydown", (event) => onKeyDown(/** @type {KeyboardEvent} */ (event)));
    if (typeof host.showPopover === "function") {
      host.popover = "manual"; // the top layer: above whatever z-index the page uses
      host.showPopover();
    }
    open = { finding, box, host, remove, pinned };
    place(box, finding.ranges, point);
  }

  function close() {
    cancel();
    if (!open) return;
    const hadFocus = document.activeElement === open.host;
    open.remove();
    open = null;
    if (hadFocus && returnTo?.isConnected) returnTo.focus({ preventScroll: true });
    returnTo = null;
    onClosed();
  }

  /** @param {1 | -1} step */
  function move(step) {
    const claims = reachable();
    if (claims.length === 0) return;
    const from = last === null ? -1 : claims.findIndex((finding) => isSameClaim(finding, /** @type {Finding} */ (last)));
    const start = from === -1 && step === -1 ? 0 : from;
    go(claims[(start + step + claims.length) % claims.length], true);
  }

  /** @param {Finding} finding @param {boolean} takesFocus */
  function go(finding, takesFocus) {
    if (!finding.ranges) return;
    reveal(finding.ranges[0]);
    openCard(finding, { pinned: true, takesFocus });
  }

  function cancel() {
    clearTimeout(timer);
    pending = undefined;
  }

  /** @param {Finding | null} finding @param {Point} [point] */
  function schedule(finding, point) {
    if (pending === finding) return;
    cancel();
    if (finding === (open?.finding ?? null)) return;
    pending = finding;
    timer = setTimeout(
      () => (finding === null ? close() : openCard(finding, { point, pinned: false })),
      finding === null ? CLOSE_DELAY_MS : OPEN_DELAY_MS,
    );
  }

  /** @param {PointerEvent} event */
  function onPointerMove(event) {
    if (event.pointerType === "touch" || frame) return;
    const { target } = event;
    const point = pointOf(event);
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (!isAlive()) return onOrphaned();
      if (open && target === open.host) return cancel();
      const finding = findingAt(shown.findings, point);
      if (finding === null && open?.pinned) return cancel();
      schedule(finding, point);
    });
  }

  /** @param {MouseEvent} event */
  function onClick(event) {
    if (!event.isTrusted || (open && event.target === open.host)) return;
    const point = pointOf(event);
    const finding = findingAt(shown.findings, point);
    if (finding === null) close();
    else openCard(finding, { point, pinned: true });
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.key !== "Escape" || !open) return;
    close();
    event.stopPropagation(); // this Escape was ours, not the page's dialog's
  }

  function onScroll() {
    if (!open?.finding.ranges) return;
    const boxes = boxesOf(open.finding.ranges);
    if (boxes.every(({ top, bottom }) => bottom < 0 || top > innerHeight)) close();
    else place(open.box, open.finding.ranges);
  }

  return {
    /**
     * Shows cards for these claims from now on, in these windows. A card that is open stays if its
     * claim is still there.
     *
     * @param {Shown} now @param {Set<Window>} windows
     */
    watch(now, windows) {
      listening?.abort();
      shown = now;
      const kept = open && now.findings.find((finding) => finding.ranges && isSameClaim(finding, /** @type {NonNullable<typeof open>} */ (open).finding));
      if (open && kept) open.finding = kept;
      else close();
      listening = new AbortController();
      const options = { capture: true, passive: true, signal: listening.signal };
      for (const view of windows) {
        view.addEventListener("pointermove", onPointerMove, options);
        view.addEventListener("click", onClick, options);
        view.addEventListener("keydown", onKeyDown, options);
        view.addEventListener("scroll", onScroll, options);
        view.addEventListener("resize", onScroll, options);
      }
    },
    unwatch() {
      close();
      listening?.abort();
      listening = null;
      last = null;
      shown = { ...shown, findings: [] };
    },
    /** Scrolls to a claim and opens its card. @param {Finding} finding */
    goTo: (finding) => go(finding, false),
    move,
    /** Whether something of our own is what the reader types into. */
    openFinding: () => open?.finding ?? null,
  };
}

/** The same claim after the page was read again. @param {Finding} one @param {Finding} other */
function isSameClaim(one, other) {
  return one === other || (one.claim === other.claim && one.occurrence === other.occurrence);
}

/** An event's place in the top window. @param {MouseEvent} event @returns {Point} */
function pointOf({ clientX, clientY, view }) {
  const { x, y } = view && view !== window ? offsetOf(view.document) : { x: 0, y: 0 };
  return { x: clientX + x, y: clientY + y };
}

/** @param {Range} range */
function reveal(range) {
  const element = elementOf(range.startContainer);
  for (let details = element?.closest("details"); details; details = details.parentElement?.closest("details")) {
    details.open = true;
  }
  // At once: the card is placed where the claim is, not where it will be after a smooth scroll.
  element?.scrollIntoView({ block: "center", behavior: "instant" });
}

/**
 * The painted claim at a point. Highlights take no events, so the claims' boxes are asked, of those
 * whose words are what is drawn there. The caret at the point would not do: text that cannot be
 * selected has none, and shadow roots hide theirs.
 *
 * @param {readonly Finding[]} findings @param {Point} point
 * @returns {Finding | null}
 */
function findingAt(findings, point) {
  const hit = elementAt(point);
  const { x, y } = point;
  const found = findings.findLast(
    ({ claim, ranges }) =>
      claim.verdict !== "uncovered" &&
      ranges !== null &&
      ranges.some((range) => isOnTop(range, hit)) &&
      boxesOf(ranges).some(({ left, right, top, bottom }) => left <= x && x <= right && top <= y && y <= bottom),
  );
  return found ?? null;
}

/** Below the claim's line, or above it where there is more room. @param {HTMLElement} box @param {readonly Range[]} ranges @param {Point} [point] */
function place(box, ranges, point) {
  const lines = boxesOf(ranges);
  const line = (point && lines.find(({ top, bottom }) => top <= point.y && point.y <= bottom)) ?? lines.at(-1);
  if (!line) return;
  const below = innerHeight - line.bottom - 2 * GAP_PX;
  const above = line.top - 2 * GAP_PX;
  const isBelow = below >= Math.min(box.scrollHeight, 320) || below >= above;
  box.style.maxHeight = `${Math.max(isBelow ? below : above, 120)}px`;
  const width = box.offsetWidth;
  const wanted = (point?.x ?? line.left + 40) - 40;
  box.style.left = `${Math.max(GAP_PX, Math.min(wanted, document.documentElement.clientWidth - width - GAP_PX))}px`;
  box.style.top = isBelow ? `${line.bottom + GAP_PX}px` : `${line.top - GAP_PX - box.offsetHeight}px`;
}
