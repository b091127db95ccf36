// Stands between pages and server: starts checks where the reader asked, carries texts to the server
// and answers back, and keeps the badge. It may be ended at any moment; what must survive that lies in
// `storage.session`.

import { ApiError, check, sendDispute } from "./api.js";
import { PageUnreachable, answerMessages, askPage, guardStorage, inject, loadStored, onEvents, onTold, runOnSites, setBadge, store, tabOf, text } from "./browser.js";
import { loadSettings, lookOf } from "./settings.js";
import { loadConsent, patternsToRunOn, setMode, setOn, siteOf } from "./sites.js";

const CONTENT_SCRIPT = "content/main.js";
const AUTO_SCRIPT = "content/auto.js";
const BADGE_BAD = "#b3261e";
const BADGE_CLEAR = "#1b6b3a";

/**
 * @typedef {import("./content/main.js").PageState} PageState
 * @typedef {{code: string, seconds?: number | null, detail?: string}} Failure `code` as in `error_*` messages
 * @typedef {{askedTabs: number[], notBefore: number}} Session `askedTabs`: where a check was asked for;
 *   `notBefore`: when a server that had too much may be asked again, in milliseconds since the epoch
 */

answerMessages(
  {
    check: ({ tabId }) => startCheck(tabId),
    stop: ({ tabId }) => stopTab(tabId),
    setOn: ({ isOn }) => switchAll(isOn),
    setMode: ({ origin, mode }) => setMode(origin, mode).then(runWhereAllowed),
    lookChanged: () => passOnLook(),
  },
  { fromOwnPagesOnly: true },
);

answerMessages({
  ask: ({ request }, { tabId }) => answerFor(tabId, async () => ({ answer: await askServer(request) })),
  look: (_, { tabId }) => answerFor(tabId, async () => ({ look: lookOf(await loadSettings()) })),
  dispute: ({ dispute }, { tabId }) => answerFor(tabId, async () => (await sendDispute(dispute, await loadSettings()), {})),
  arrived: (_, { tabId, url }) => startAllowed(tabId, url),
});

onTold("changed", ({ state }, { tabId }) => {
  if (tabId !== null) void showCount(tabId, state);
});

void guardStorage();
onEvents({
  started: () => void runWhereAllowed(),
  permissionsChanged: () => void runWhereAllowed(),
  tabClosed: (tabId) => void forgetTab(tabId),
  command: (name, tabId) => void obey(name, tabId),
});

/** @param {number} tabId @returns {Promise<PageState | {error: Failure}>} */
async function startCheck(tabId) {
  const { isOn, sites } = await loadConsent();
  const site = siteOf((await tabOf(tabId))?.url ?? "");
  if (!isOn) return { error: { code: "off" } };
  if (site !== null && sites[site] === "never") return { error: { code: "never" } };
  try {
    await rememberTab(tabId);
    await ensureContentScript(tabId);
    return await askPage(tabId, { type: "start" });
  } catch (error) {
    if (error instanceof PageUnreachable) return { error: { code: "no-access" } };
    throw error;
  }
}

/** A page of a site that the reader allowed for always. @param {number | null} tabId @param {string} url */
async function startAllowed(tabId, url) {
  const { sites } = await loadConsent();
  if (tabId !== null && sites[siteOf(url) ?? ""] === "always") await startCheck(tabId);
}

/** @param {number} tabId */
async function ensureContentScript(tabId) {
  try {
    await askPage(tabId, { type: "state" });
  } catch {
    await inject(tabId, CONTENT_SCRIPT);
  }
}

/**
 * A content script lives in its page's process: it is answered only in tabs where the reader asked.
 *
 * @template T
 * @param {number | null} tabId @param {() => Promise<T>} work
 * @returns {Promise<T | {error: Failure}>}
 */
async function answerFor(tabId, work) {
  const { askedTabs } = await session();
  const { isOn } = await loadConsent();
  if (!isOn || tabId === null || !askedTabs.includes(tabId)) return { error: { code: "off" } };
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError) return { error: { code: error.code, seconds: error.seconds, detail: error.detail } };
    throw error;
  }
}

/** @param {import("./content/memory.js").Request} request */
async function askServer(request) {
  const { notBefore } = await session();
  const left = Math.ceil((notBefore - Date.now()) / 1000);
  if (left > 0) throw new ApiError("busy", { seconds: left });
  try {
    return await check(request, await loadSettings());
  } catch (error) {
    if (error instanceof ApiError && error.code === "busy" && error.seconds) {
      await store("session", { notBefore: Date.now() + error.seconds * 1000 }); // for every tab, and the next worker
    }
    throw error;
  }
}

/** @param {number} tabId */
async function stopTab(tabId) {
  await forgetTab(tabId);
  try {
    return await askPage(tabId, { type: "stop" });
  } catch (error) {
    if (!(error instanceof PageUnreachable)) throw error;
    return null; // nothing of ours is there
  }
}

/** @param {boolean} isOn */
async function switchAll(isOn) {
  await setOn(isOn);
  await runWhereAllowed();
  if (isOn) return;
  const { askedTabs } = await session();
  await Promise.all(askedTabs.map(stopTab));
}

async function runWhereAllowed() {
  await runOnSites(await patternsToRunOn(await loadConsent()), [CONTENT_SCRIPT, AUTO_SCRIPT]);
}

async function passOnLook() {
  const look = lookOf(await loadSettings());
  const { askedTabs } = await session();
  await Promise.allSettled(askedTabs.map((tabId) => askPage(tabId, { type: "look", look })));
}

/** @param {string} name @param {number} tabId */
async function obey(name, tabId) {
  if (name === "check-page") return void (await startCheck(tabId));
  try {
    await askPage(tabId, { type: "move", step: name === "previous-claim" ? -1 : 1 });
  } catch (error) {
    if (!(error instanceof PageUnreachable)) throw error;
    await startCheck(tabId); // nothing was checked here yet
  }
}

/** @param {number} tabId @param {PageState} state */
async function showCount(tabId, { phase, claims }) {
  const worse = claims.filter(({ verdict }) => verdict !== "supported" && verdict !== "uncovered").length;
  const isCounted = phase === "done" || claims.length > 0;
  try {
    await setBadge(tabId, {
      text: isCounted ? String(worse) : "",
      title: !isCounted ? text("action_title") : worse === 1 ? text("badge_title_one") : text("badge_title", worse),
      colour: worse > 0 ? BADGE_BAD : BADGE_CLEAR,
    });
  } catch (error) {
    if (!(error instanceof PageUnreachable)) throw error;
  }
}

/** @returns {Promise<Session>} */
function session() {
  return loadStored("session", { askedTabs: /** @type {number[]} */ ([]), notBefore: 0 });
}

/** @param {number} tabId */
async function rememberTab(tabId) {
  const { askedTabs } = await session();
  await store("session", { askedTabs: [...new Set([...askedTabs, tabId])] });
}

/** @param {number} tabId */
async function forgetTab(tabId) {
  const { askedTabs } = await session();
  await store("session", { askedTabs: askedTabs.filter((id) => id !== tabId) });
}
