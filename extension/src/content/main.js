// The content script: collects the page's blocks, paints the answer, shows the card. It holds the
// state of the page it runs in, since both live and die together.

import { answerMessages, isAlive } from "../browser.js";
import { locate } from "./anchors.js";
import { collectBlocks } from "./blocks.js";
import { createCard } from "./card.js";
import { paint } from "./paint.js";

/**
 * @typedef {import("../api.js").Claim} Claim
 * @typedef {import("../api.js").Answer} Answer
 * @typedef {import("../background.js").Failure} Failure
 * @typedef {"idle" | "checking" | "done" | "failed"} Phase
 * @typedef {{text: string, verdict: import("../api.js").Verdict, located: boolean}} ListedClaim
 * @typedef {{phase: Phase, claims: ListedClaim[], card: number | null, error?: Failure}} PageState
 *   claims in page order; `card`: index of the claim whose card is open
 * @typedef {{claim: Claim, range: Range | null, reasons: {code: string, words: string}[]}} Finding
 */

/** @type {Phase} */
let phase = "idle";
/** @type {Failure | undefined} */
let failure;
/** @type {import("./blocks.js").Block[]} */
let blocks = [];
/** Numbers the collections: an answer to an older one does not fit the blocks we hold. */
let collection = 0;
/** @type {Finding[]} */
let findings = [];
let clearPaint = () => {};

const card = createCard({ isAlive, onOrphaned: clear });

answerMessages({
  collect() {
    clear();
    phase = "checking";
    blocks = collectBlocks(document);
    collection += 1;
    return { collection, url: addressOf(location), blocks: blocks.map(({ id, kind, text }) => ({ id, kind, text })) };
  },
  paint(/** @type {{collection: number, answer: Answer}} */ message) {
    if (message.collection === collection) show(message.answer);
    return stateOfPage();
  },
  fail(/** @type {{collection: number, failure: Failure}} */ message) {
    if (message.collection === collection) {
      phase = "failed";
      failure = message.failure;
    }
    return stateOfPage();
  },
  state: stateOfPage,
  goTo(/** @type {{index: number}} */ { index }) {
    const finding = findings[index];
    if (finding?.range) card.goTo(index);
    return stateOfPage();
  },
});

/** The page's address without query and fragment, which may hold what is the reader's own business. */
function addressOf(/** @type {Location} */ { origin, pathname }) {
  return origin === "null" ? "" : origin + pathname;
}

/** @param {Answer} answer */
function show({ claims, modelVersion, referenceVersion }) {
  const byId = new Map(blocks.map((block) => [block.id, block]));
  const order = new Map(blocks.map(({ id }, index) => [id, index]));
  const place = (/** @type {Claim} */ claim) => order.get(claim.block) ?? Infinity;
  findings = claims
    .toSorted((a, b) => (place(a) === place(b) ? a.start - b.start : place(a) - place(b)))
    .map((claim) => {
      const block = byId.get(claim.block);
      return {
        claim,
        range: locate(block, claim),
        reasons: claim.reasons.map(({ code, start, end }) => ({
          code,
          words: block && start !== null && end !== null ? block.text.slice(start, end) : "",
        })),
      };
    });
  clearPaint = paint(
    findings.flatMap(({ claim: { verdict }, range }) => (range && verdict !== "uncovered" ? [{ verdict, range }] : [])),
  );
  card.watch(findings, { modelVersion, referenceVersion });
  phase = "done";
}

function clear() {
  card.unwatch();
  clearPaint();
  clearPaint = () => {};
  findings = [];
  blocks = [];
  failure = undefined;
  phase = "idle";
}

/** @returns {PageState} */
function stateOfPage() {
  return {
    phase,
    claims: findings.map(({ claim, range }) => ({ text: claim.text, verdict: claim.verdict, located: range !== null })),
    card: card.openIndex(),
    ...(failure && { error: failure }),
  };
}
