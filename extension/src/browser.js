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

/**
 * Answers messages of the named types; others are left to other listeners.
 *
 * @param {Record<string, (message: any) => unknown>} handlers by message type
 * @param {{fromOwnPagesOnly?: boolean}} [options] a content script lives in the page's process, so
 *   what it says is trusted less than what our own pages say
 */
export function answerMessages(handlers, { fromOwnPagesOnly = false } = {}) {
  browser.runtime.onMessage.addListener((message, sender, respond) => {
    const handler = Object.hasOwn(handlers, message?.type) ? handlers[message.type] : null;
    if (!handler) return false;
    if (fromOwnPagesOnly && !sender.url?.startsWith(browser.runtime.getURL(""))) return false;
    Promise.resolve()
      .then(() => handler(message))
      .then(respond, (error) => {
        console.error(`Overclaim: "${message.type}" failed`, error);
        respond({ error: { code: "bug" } });
      });
    return true; // keeps `respond` open; a returned promise is not understood by older Chrome
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

/** @returns {Promise<number | null>} */
export async function activeTabId() {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  return tab?.id ?? null;
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

/** @param {Record<string, string>} defaults @returns {Promise<Record<string, string>>} */
export function loadStored(defaults) {
  return /** @type {any} */ (browser.storage.sync.get(defaults));
}

/** @param {Record<string, string>} values */
export function store(values) {
  return browser.storage.sync.set(values);
}

/**
 * Asks the reader for the right to reach one address. Call it before any await of a click's
 * handler: Firefox forgets the gesture at the first one.
 *
 * @param {string} pattern a match pattern
 * @returns {Promise<boolean>}
 */
export function requestOrigin(pattern) {
  return browser.permissions.request({ origins: [pattern] });
}

export function openOptions() {
  return browser.runtime.openOptionsPage();
}
