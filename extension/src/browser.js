// The one door to the browser: no other file names chrome.* or browser.*.
// Firefox promises on `browser`, Chrome on `chrome`; both speak the same calls used here.

/** @type {typeof chrome} */
const browser = /** @type {any} */ (globalThis).browser ?? globalThis.chrome;

/** The tab, its page or the right to read it went away: expected, not a bug. */
export class PageUnreachable extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super("the page cannot be reached", { cause });
    this.name = "PageUnreachable";
  }
}

/**
 * A text of the interface in the reader's language.
 *
 * @param {string} key a key of `_locales/en/messages.json`
 * @param {...(string | number)} values fill the message's placeholders, in order
 */
export function text(key, ...values) {
  return browser.i18n.getMessage(key, values.map(String));
}

/** False once the extension was updated or removed under a running content script. */
export function isAlive() {
  return Boolean(browser.runtime?.id);
}

/** @param {{type: string} & Record<string, unknown>} message @returns {Promise<any>} */
export function askBackground(message) {
  return browser.runtime.sendMessage(message);
}

/**
 * @param {number} tabId
 * @param {{type: string} & Record<string, unknown>} message
 * @returns {Promise<any>}
 * @throws {PageUnreachable} no content script of ours answers in that tab
 */
export async function askPage(tabId, message) {
  try {
    return await browser.tabs.sendMessage(tabId, message, { frameId: 0 });
  } catch (cause) {
    throw new PageUnreachable(cause);
  }
}

/** @typedef {{tabId: number | null, url: string}} Sender `tabId`: of a content script's tab */

/**
 * Answers messages of the named types; others are left to other listeners.
 *
 * @param {Record<string, (message: any, sender: Sender) => unknown>} handlers by message type
 * @param {{fromOwnPagesOnly?: boolean}} [options] a content script lives in the page's process, so
 *   what it says is trusted less than what our own pages say
 */
export function answerMessages(handlers, { fromOwnPagesOnly = false } = {}) {
  browser.runtime.onMessage.addListener((message, sender, respond) => {
    const handler = Object.hasOwn(handlers, message?.type) ? handlers[message.type] : null;
    if (!handler) return false;
    if (fromOwnPagesOnly && !sender.url?.startsWith(browser.runtime.getURL(""))) return false;
    Promise.resolve()
      .then(() => handler(message, { tabId: sender.tab?.id ?? null, url: sender.url ?? "" }))
      .then(respond, (error) => {
        console.error(`Overclaim: "${message.type}" failed`, error);
        respond({ error: { code: "bug" } });
      });
    return true; // keeps `respond` open; a returned promise is not understood by older Chrome
  });
}

/** Hears what a tab's content script tells everyone, and answers nothing. @param {string} type @param {(message: any, sender: Sender) => void} handler */
export function onTold(type, handler) {
  browser.runtime.onMessage.addListener((message, sender) => {
    if (message?.type === type && sender.tab?.id !== undefined) handler(message, { tabId: sender.tab.id, url: sender.url ?? "" });
    return false;
  });
}

/**
 * @param {number} tabId
 * @param {string} file path inside the package
 * @throws {PageUnreachable} browser pages, stores, and tabs no click has opened to us
 */
export async function inject(tabId, file) {
  try {
    await browser.scripting.executeScript({ target: { tabId }, files: [file] });
  } catch (cause) {
    throw new PageUnreachable(cause);
  }
}

/**
 * The tab the reader looks at. Its address is known only where a click or a permission opened it.
 *
 * @param {number | null} [id] another tab
 * @returns {Promise<{id: number, windowId: number, url: string} | null>}
 */
export async function tabOf(id = null) {
  const [tab] = id === null ? await browser.tabs.query({ active: true, currentWindow: true }) : [await browser.tabs.get(id).catch(() => null)];
  return tab?.id === undefined ? null : { id: tab.id, windowId: tab.windowId, url: tab.url ?? "" };
}

/** @param {number} tabId @param {{text: string, title: string, colour: string}} badge */
export async function setBadge(tabId, { text, title, colour }) {
  try {
    await browser.action.setBadgeBackgroundColor({ tabId, color: colour });
    await browser.action.setBadgeTextColor({ tabId, color: "#ffffff" });
    await browser.action.setBadgeText({ tabId, text });
    await browser.action.setTitle({ tabId, title });
  } catch (cause) {
    throw new PageUnreachable(cause); // the tab was closed meanwhile
  }
}

/**
 * Where something is kept: `sync` goes along to the reader's other browsers, `local` stays in this
 * one, `session` outlives the background's worker but not the browser.
 *
 * @typedef {"sync" | "local" | "session"} Area
 */

/**
 * @template {Record<string, unknown>} T
 * @param {Area} area
 * @param {T} defaults
 * @returns {Promise<T>}
 */
export function loadStored(area, defaults) {
  return /** @type {any} */ (browser.storage[area].get(/** @type {any} */ (defaults)));
}

/** @param {Area} area @param {Record<string, unknown>} values */
export function store(area, values) {
  return browser.storage[area].set(values);
}

/** Keeps settings and key from content scripts, which live in the pages' processes. Firefox cannot, yet. */
export async function guardStorage() {
  for (const area of [browser.storage.sync, browser.storage.local]) {
    await area.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" })?.catch(() => {});
  }
}

/**
 * Asks the reader for the right to reach some addresses. Call it before any await of a click's
 * handler: Firefox forgets the gesture at the first one.
 *
 * @param {string[]} patterns match patterns
 * @returns {Promise<boolean>}
 */
export function requestOrigins(patterns) {
  return browser.permissions.request({ origins: patterns });
}

/** @param {string} pattern @returns {Promise<boolean>} */
export function mayReach(pattern) {
  return browser.permissions.contains({ origins: [pattern] });
}

/** Gives a right back; one that the manifest itself asks for stays. @param {string} pattern */
export async function dropOrigin(pattern) {
  try {
    return await browser.permissions.remove({ origins: [pattern] });
  } catch {
    return false; // required by the manifest: browsers refuse
  }
}

/** The addresses the reader has opened to us. @returns {Promise<string[]>} */
export async function openedOrigins() {
  return (await browser.permissions.getAll()).origins ?? [];
}

/**
 * Lets these files run on these sites by themselves, in place of what did before.
 *
 * @param {string[]} patterns none: nothing runs by itself @param {string[]} files
 */
export async function runOnSites(patterns, files) {
  const id = "allowed-sites";
  const registered = await browser.scripting.getRegisteredContentScripts({ ids: [id] });
  if (registered.length > 0) await browser.scripting.unregisterContentScripts({ ids: [id] });
  if (patterns.length === 0) return;
  await browser.scripting.registerContentScripts([{ id, matches: patterns, js: files, runAt: "document_idle" }]);
}

export function openOptions() {
  return browser.runtime.openOptionsPage();
}

/** Chrome has the one, Firefox the other. */
const { sidePanel, sidebarAction } = /** @type {any} */ (browser ?? {});

/** Whether the browser has a place beside the page for our panel. @returns {boolean} */
export function hasSidePanel() {
  return Boolean(sidePanel?.open ?? sidebarAction?.open);
}

/** Opens the panel beside the page; only a click's own handler may, before it awaits. @param {number} windowId @returns {Promise<void>} */
export function openSidePanel(windowId) {
  return sidePanel?.open ? sidePanel.open({ windowId }) : sidebarAction.open();
}

/**
 * What happens around us.
 *
 * @param {{started?: () => void, permissionsChanged?: () => void, tabClosed?: (tabId: number) => void,
 *   command?: (name: string, tabId: number) => void}} handlers
 */
export function onEvents({ started, permissionsChanged, tabClosed, command }) {
  if (started) {
    browser.runtime.onInstalled.addListener(started);
    browser.runtime.onStartup.addListener(started);
  }
  if (permissionsChanged) {
    browser.permissions.onAdded.addListener(permissionsChanged);
    browser.permissions.onRemoved.addListener(permissionsChanged);
  }
  if (tabClosed) browser.tabs.onRemoved.addListener(tabClosed);
  if (command) {
    browser.commands.onCommand.addListener((name, tab) => {
      if (tab?.id !== undefined) command(name, tab.id);
    });
  }
}

/** Tells when another tab comes to the front, or the one there loads another page. @param {() => void} handler */
export function onTabChange(handler) {
  browser.tabs.onActivated.addListener(handler);
  browser.tabs.onUpdated.addListener((_, { status }) => {
    if (status === "complete") handler();
  });
}

/** @returns {Promise<{command: string, keys: string, label: string}[]>} */
export async function shortcuts() {
  const all = await browser.commands.getAll();
  return all.map(({ name = "", shortcut = "", description = "" }) => ({ command: name, keys: shortcut, label: description }));
}
