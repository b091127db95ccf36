// When to ask the server again, and when to leave it alone.

/** @typedef {import("../background.js").Failure} Failure */

/** Failures that may be over in a moment; the others need the reader. */
const PASSING = new Set(["away", "slow", "not-ready", "busy", "fault", "interrupted"]);
const DELAYS_MS = [2_000, 5_000, 12_000];
/** A reader waits this long for a server that says when it is ready again. */
const LONGEST_WAIT_MS = 90_000;
/** A growing page: so many readings at once, so many slowly, then rarely. */
const EAGER_SENDS = 10;
const SLOW_SENDS = 40;

/**
 * Milliseconds until the next attempt, or null to give up.
 *
 * @param {Failure} failure
 * @param {number} attempt how many there were, from 1
 * @param {number} [chance] 0 to 1: spreads readers out whose server came back
 * @returns {number | null}
 */
export function waitAfter({ code, seconds }, attempt, chance = Math.random()) {
  if (!PASSING.has(code) || attempt > DELAYS_MS.length) return null;
  const asked = (seconds ?? 0) * 1000;
  if (asked > LONGEST_WAIT_MS) return null;
  return Math.max(asked, DELAYS_MS[attempt - 1] * (1 + 0.25 * chance));
}

/** Milliseconds to leave between sendings of new text from a page that grew so often. @param {number} sends */
export function gapAfter(sends) {
  return sends < EAGER_SENDS ? 0 : sends < SLOW_SENDS ? 2_000 : 10_000;
}
