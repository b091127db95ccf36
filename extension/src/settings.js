// What the reader sets: where the server is, and the key it asks for.

import { loadStored, store } from "./browser.js";

/** @typedef {{serverAddress: string, apiKey: string}} Settings */

/** @type {Settings} */
export const DEFAULTS = { serverAddress: "http://127.0.0.1:8000", apiKey: "" };

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** @returns {Promise<Settings>} */
export async function loadSettings() {
  const { serverAddress, apiKey } = await loadStored(DEFAULTS);
  return { serverAddress, apiKey };
}

/** @param {Settings} settings */
export function saveSettings(settings) {
  return store(settings);
}

/**
 * A server address in the form we keep: no slash at the end, nothing after the path.
 *
 * @param {string} typed
 * @returns {string | null} null when it is no http or https address
 */
export function addressOf(typed) {
  const trimmed = typed.trim();
  if (!URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username || url.password) return null;
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** The match pattern of an address; patterns know no port. @param {string} address */
export function originPatternOf(address) {
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** True when page texts and the key would cross a network unencrypted. @param {string} address */
export function isExposed(address) {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !LOOPBACK_HOSTS.has(hostname);
}
