// The content script: reads the page, has its new text checked, paints the answers, shows the card. It
// holds the state of the page it runs in, since both live and die together; it runs only where the
// reader asked.

import { answerMessages, askBackground, isAlive, text } from "../browser.js";
import { locate, mayStillRead, piecesIn, rereadOnce } from "./anchors.js";
import { collect } from "./blocks.js";
import { createCard } from "./card.js";
import { containsDeep } from "./geometry.js";
import { createMemory } from "./memory.js";
import { gapAfter, waitAfter } from "./pace.js";
import { paint } from "./paint.js";
import { inSlices } from "./slices.js";
import { nothingFound } from "./tree.js";
import { createVoice } from "./voice.js";
import { createWatch } from "./watch.js";

/**
 * @typedef {import("../api.js").Claim} Claim
 * @typedef {import("../background.js").Failure} Failure
 * @typedef {import("../settings.js").Look} Look
 * @typedef {import("./blocks.js").Block} Block
 * @typedef {"idle" | "checking" | "waiting" | "done" | "failed"} Phase `waiting`: for another attempt
 * @typedef {{id: number, text: string, verdict: import("../api.js").Verdict, located: boolean}} ListedClaim
 * @typedef {{phase: Phase, claims: ListedClaim[], card: number | null, hidden: number, hasGrown: boolean,
 *   omissions: import("../api.js").Omission[] | null, error?: Failure, retrySeconds?: number}} PageState
 *   claims in page order; `card`: id of the claim whose card is open; `hidden`: claims left out by the
 *   settings; `hasGrown`: text was added since the page was read; `omissions`: null when unsaid
 * @typedef {{id: number, claim: Claim, occurrence: number, block: Block, url: string, ranges: Range[] | null,
 *   reasons: {code: string, words: string}[]}} Finding `occurrence`: from 0, among equal blocks
 */

/** Of a page that changes faster than it can be read: then what was read is used. */
const MAX_READINGS = 3;
/** Claims whose words are gone stay listed, but not without end. */
const MAX_GONE = 100;

/** @type {Phase} */
let phase = "idle";
/** @type {Failure | undefined} */
let failure;
let retrySeconds = 0;
/** Numbers the checks: what an older one was still doing is dropped. */
let run = 0;
/** @type {Look | null} */
let look = null;
/** @type {Block[]} */
let blocks = [];
/** @type {Finding[]} */
let findings = [];
/** @type {import("../api.js").Omission[] | null} */
let omissions = null;
let versions = { modelVersion: "", referenceVersion: "" };
let sends = 0;
let lastSent = 0;
let lastId = 0;
/** The page changed while it was being checked. */
let isStale = false;
/** @type {import("./paint.js").Paint | null} */
let painted = null;
/** @type {Set<Window>} */
let windows = new Set([window]);

const memory = createMemory();
const voice = createVoice();
const watch = createWatch({ onChange: dropChanged, onRest: readAgain });
const card = createCard({
  isAlive,
  onOrphaned: clear,
  onClosed: () => painted?.redraw(),
  dispute: ({ claim }, comment) =>
    ask({
      type: "dispute",
      dispute: { claim: claim.text, verdict: claim.verdict, comment, evidenceIds: claim.evidence.map(({ id }) => id), url: addressOf(location), ...versions },
    }),
});

answerMessages({
  start() {
    if (phase !== "checking") void check();
    return stateOfPage();
  },
  stop() {
    clear();
    return stateOfPage();
  },
  state: stateOfPage,
  report: () => ({
    url: addressOf(location),
    title: document.title,
    claims: shownFindings().map(({ claim, ranges }) => ({ ...claim, located: ranges !== null })),
    omissions: omissions ?? [],
    hasGrown: sends > 1,
    ...versions,
  }),
  goTo(/** @type {{id: number}} */ { id }) {
    const finding = findings.find((candidate) => candidate.id === id);
    if (finding) card.goTo(finding);
    return stateOfPage();
  },
  move(/** @type {{step: 1 | -1}} */ { step }) {
    card.move(step);
    return stateOfPage();
  },
  look(/** @type {{look: Look}} */ message) {
    look = message.look;
    show();
    return stateOfPage();
  },
});

/** The page's address without query and fragment, which may hold what is the reader's own business. @param {Location} location */
function addressOf({ origin, pathname }) {
  return origin === "null" ? "" : origin + pathname;
}

/** Reads the whole page and has it checked. */
async function check() {
  clear();
  const mine = run;
  phase = "checking";
  tell();
  const reply = await ask({ type: "look" });
  if (mine !== run) return;
  if (reply.error) return fail(reply.error);
  look = reply.look;
  watch.include({ roots: new Set([document]), frames: new Set() });
  if (!(await readPage(mine))) return;
  voice.say(countText());
  if (isStale) await readAgain();
}

/** After the page changed: new text is sent, known text finds its marks again. @returns {Promise<boolean>} whether anything came of it */
async function readAgain() {
  isStale = phase === "checking" || phase === "waiting";
  if (isStale || phase === "idle") return true;
  if (!isAlive()) {
    clear();
    return false;
  }
  const before = findings.filter(({ ranges }) => ranges !== null).length;
  await readPage(run);
  return findings.filter(({ ranges }) => ranges !== null).length !== before;
}

/** @param {number} mine @returns {Promise<boolean>} false when it failed or is no longer wanted */
async function readPage(mine) {
  const read = await readBlocks(mine);
  if (!read) return false;
  blocks = read;
  if (!memory.isEmpty() && !(await place(mine))) return false;
  const portions = memory.portionsOf(blocks, addressOf(location));
  const isFirst = sends === 0;
  for (const [index, portion] of portions.entries()) {
    const reply = await answerTo(portion, mine);
    if (mine !== run) return false;
    if (reply.error) {
      for (const unsent of portions.slice(index)) memory.forget(unsent);
      fail(reply.error);
      return false;
    }
    const { answer } = reply;
    versions = { modelVersion: answer.modelVersion, referenceVersion: answer.referenceVersion };
    // What a page leaves out can be told from all of it alone, not from a part.
    if (isFirst) omissions = portions.length === 1 ? answer.omissions : null;
    memory.keep(portion, answer.claims);
    if (!(await place(mine))) return false;
  }
  phase = "done";
  failure = undefined;
  tell();
  return true;
}

/** The page's blocks, read a slice in each frame. @param {number} mine @returns {Promise<Block[] | null>} null when no longer wanted */
async function readBlocks(mine) {
  for (let reading = 1; ; reading += 1) {
    const found = nothingFound();
    const before = watch.changes();
    const read = await inSlices(collect(document, found), () => mine === run);
    if (!read.done) return null;
    watch.include(found);
    windows = windowsOf(found);
    if (reading === MAX_READINGS || watch.changes() === before) return read.value;
  }
}

/** @param {import("./tree.js").Found} found @returns {Set<Window>} */
function windowsOf({ roots }) {
  const views = [...roots].map((root) => (root.nodeType === Node.DOCUMENT_NODE ? /** @type {Document} */ (root).defaultView : null));
  return new Set([window, ...views.filter((view) => view !== null)]);
}

/**
 * What the server says of a portion, after as many attempts as make sense.
 *
 * @param {import("./memory.js").Portion} portion @param {number} mine
 * @returns {Promise<{answer: import("../api.js").Answer, error?: undefined} | {error: Failure}>}
 */
async function answerTo({ request }, mine) {
  await sleep(lastSent + gapAfter(sends) - performance.now());
  for (let attempt = 1; ; attempt += 1) {
    sends += attempt === 1 ? 1 : 0;
    lastSent = performance.now();
    const reply = await ask({ type: "ask", request });
    if (!reply.error || mine !== run) return reply;
    const wait = waitAfter(reply.error, attempt);
    if (wait === null) return reply;
    phase = "waiting";
    failure = reply.error;
    retrySeconds = Math.ceil(wait / 1000);
    tell();
    await sleep(wait);
    if (mine !== run) return reply;
    phase = "checking";
    tell();
  }
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}

/**
 * Finds the words of every answer on the page as it was last read, and paints them.
 *
 * @param {number} mine
 * @returns {Promise<boolean>} false when no longer wanted
 */
async function place(mine) {
  const before = watch.changes();
  const placed = await inSlices(placing(), () => mine === run);
  if (!placed.done) return false;
  const found = placed.value;
  const current = new Set(found.map(({ claim }) => claim));
  const gone = findings.filter(({ claim, url }) => !current.has(claim) && url === location.href); // another view is another page
  findings = [...found, ...gone.slice(0, MAX_GONE).map((finding) => ({ ...finding, ranges: null }))];
  if (watch.changes() !== before) dropChanged(null);
  show();
  return true;
}

/** @returns {Generator<void, Finding[]>} */
function* placing() {
  /** @type {Finding[]} */
  const found = [];
  const known = new Map(findings.map((finding) => [finding.claim, finding]));
  /** @type {Map<Claim, number>} */
  const occurrences = new Map();
  const readOnce = rereadOnce();
  for (const block of blocks) {
    for (const claim of memory.claimsOf(block).toSorted((a, b) => a.start - b.start)) {
      const occurrence = occurrences.get(claim) ?? 0;
      occurrences.set(claim, occurrence + 1);
      const id = occurrence === 0 ? (known.get(claim)?.id ?? ++lastId) : ++lastId;
      found.push({ id, claim, occurrence, block, url: location.href, ranges: locate(block, claim, readOnce), reasons: reasonsOf(claim, block) });
    }
    yield;
  }
  return found;
}

/** @param {Claim} claim @param {Block} block */
function reasonsOf({ reasons }, { text: words }) {
  return reasons.map(({ code, start, end }) => ({ code, words: start !== null && end !== null ? words.slice(start, end) : "" }));
}

/**
 * Takes the mark off words that are no longer what was checked. It runs before the changed page is
 * drawn, so that no mark is ever seen on other words.
 *
 * @param {MutationRecord[] | null} records null: anything may have changed
 */
function dropChanged(records) {
  const readOnce = rereadOnce();
  let hasDropped = false;
  findings = findings.map((finding) => {
    const { block, claim, ranges } = finding;
    if (ranges === null || stillReads(block, claim, records, readOnce)) return finding;
    hasDropped = true;
    return { ...finding, ranges: null };
  });
  if (hasDropped && records) show();
  else painted?.redraw();
}

/** @param {Block} block @param {Claim} claim @param {MutationRecord[] | null} records @param {ReturnType<typeof rereadOnce>} readOnce */
function stillReads(block, claim, records, readOnce) {
  if (!mayStillRead(block, claim.start, claim.end)) return false;
  if (records && piecesIn(block, claim.start, claim.end).length === 1) return true; // nothing can come between
  const { root } = block;
  const isConcerned = records === null || (root !== null && records.some(({ target }) => containsDeep(root, target)));
  return !isConcerned || locate(block, claim, readOnce) !== null;
}

function show() {
  const shown = shownFindings();
  const marks = shown.flatMap(({ claim: { verdict }, ranges }) => (ranges && verdict !== "uncovered" ? [{ verdict, ranges }] : []));
  painted?.remove();
  painted = look && marks.length > 0 ? paint(marks, look.palette) : null;
  voice.list(shown);
  if (look) card.watch({ findings: shown, versions, textSize: look.textSize, colours: { palette: look.palette } }, windows);
  tell();
}

/** The findings that the reader wants to see. */
function shownFindings() {
  return findings.filter(({ claim }) => isWanted(claim));
}

/** @param {Claim} claim */
function isWanted({ verdict, confidence }) {
  if (!look?.verdicts.includes(verdict)) return false;
  return verdict === "uncovered" || confidence === null || confidence >= look.threshold;
}

/** @param {Failure} error */
function fail(error) {
  phase = findings.length > 0 ? "done" : "failed"; // what was answered before still holds
  failure = error;
  tell();
}

/** Leaves the page as it was before us. */
function clear() {
  run += 1;
  watch.stop();
  card.unwatch();
  painted?.remove();
  painted = null;
  voice.remove();
  memory.clear();
  findings = [];
  blocks = [];
  omissions = null;
  failure = undefined;
  sends = 0;
  lastSent = 0;
  phase = "idle";
  if (isAlive()) tell();
}

/** @returns {PageState} */
function stateOfPage() {
  const shown = shownFindings();
  return {
    phase,
    claims: shown.map(({ id, claim, ranges }) => ({ id, text: claim.text, verdict: claim.verdict, located: ranges !== null })),
    card: card.openFinding()?.id ?? null,
    hidden: findings.length - shown.length,
    hasGrown: sends > 1,
    omissions,
    ...(failure && { error: failure }),
    ...(phase === "waiting" && { retrySeconds }),
  };
}

function countText() {
  const claims = shownFindings().map(({ claim }) => claim);
  const worse = claims.filter(({ verdict }) => verdict !== "supported" && verdict !== "uncovered").length;
  return text("voice_done", claims.length, worse);
}

/** Tells badge and panels; nobody need listen. */
function tell() {
  void ask({ type: "changed", state: stateOfPage() });
}

/**
 * Asks the background. A worker that the browser ended takes its answer along: that is a failure like
 * a server's, and worth another attempt.
 *
 * @param {{type: string} & Record<string, unknown>} message
 * @returns {Promise<any>}
 */
async function ask(message) {
  try {
    return (await askBackground(message)) ?? { error: { code: "interrupted" } };
  } catch {
    return { error: { code: isAlive() ? "interrupted" : "updated" } };
  }
}
