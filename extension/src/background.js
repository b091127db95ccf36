// A check from end to end: page → server → page → badge. It runs only when one of our own pages asks.

import { ApiError, check } from "./api.js";
import { PageUnreachable, answerMessages, askPage, inject, setBadge, text } from "./browser.js";
import { loadSettings } from "./settings.js";

const CONTENT_SCRIPT = "content/main.js";
const BADGE_BAD = "#b3261e";
const BADGE_CLEAR = "#1b6b3a";

/**
 * @typedef {import("./content/main.js").PageState} PageState
 * @typedef {{code: string, seconds?: number | null, detail?: string}} Failure `code` as in `error_*` messages
 */

/**
 * Checks under way, by tab: a popup opened anew joins the one that runs. Lost with the worker, as
 * the requests are.
 *
 * @type {Map<number, Promise<PageState | {error: Failure}>>}
 */
const running = new Map();

answerMessages(
  {
    check({ tabId }) {
      const joined = running.get(tabId) ?? checkTab(tabId).finally(() => running.delete(tabId));
      running.set(tabId, joined);
      return joined;
    },
  },
  { fromOwnPagesOnly: true },
);

/** @param {number} tabId @returns {Promise<PageState | {error: Failure}>} */
async function checkTab(tabId) {
  try {
    await ensureContentScript(tabId);
  } catch (error) {
    return { error: failureOf(error, "no-access") };
  }
  try {
    await clearCount(tabId);
    const { collection, url, blocks } = await askPage(tabId, { type: "collect" });
    try {
      const answer = await check({ url, blocks }, await loadSettings());
      const state = await askPage(tabId, { type: "paint", collection, answer });
      if (!state.error) await showCount(tabId, state);
      return state;
    } catch (error) {
      const failure = failureOf(error, "page-changed");
      return await askPage(tabId, { type: "fail", collection, failure });
    }
  } catch (error) {
    return { error: failureOf(error, "page-changed") };
  }
}

/** @param {number} tabId */
async function ensureContentScript(tabId) {
  try {
    await askPage(tabId, { type: "state" });
  } catch {
    await inject(tabId, CONTENT_SCRIPT);
  }
}

/** @param {number} tabId @param {PageState} state */
async function showCount(tabId, state) {
  const worse = state.claims.filter(({ verdict }) => verdict !== "supported" && verdict !== "uncovered").length;
  await setBadge(tabId, {
    text: String(worse),
    title: worse === 1 ? text("badge_title_one") : text("badge_title", worse),
    colour: worse > 0 ? BADGE_BAD : BADGE_CLEAR,
  });
}

/** The marks of an earlier check are gone while the next one runs; so is their count. @param {number} tabId */
function clearCount(tabId) {
  return setBadge(tabId, { text: "", title: text("action_title"), colour: BADGE_CLEAR });
}

/**
 * An expected failure in a form that travels as a message; anything else is a bug and goes on.
 *
 * @param {unknown} error
 * @param {string} unreachable what a page out of reach means here
 * @returns {Failure}
 */
function failureOf(error, unreachable) {
  if (error instanceof ApiError) return { code: error.code, seconds: error.seconds, detail: error.detail };
  if (error instanceof PageUnreachable) return { code: unreachable };
  throw error;
}
