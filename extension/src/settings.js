// What the reader sets: the server, and what is shown how. It goes along to the reader's other browsers.

import { VERDICTS } from "./api.js";
import { loadStored, store } from "./browser.js";

/**
 * @typedef {import("./api.js").Verdict} Verdict
 * @typedef {{serverAddress: string, apiKey: string}} Server
 * @typedef {{verdicts: Verdict[], threshold: number, palette: import("./content/palettes.js").PaletteName,
 *   textSize: number}} Look `threshold`: least confidence shown, 0 to 1; `textSize`: 1 is normal
 * @typedef {Server & Look} Settings
 */

/** @type {readonly import("./content/palettes.js").PaletteName[]} */
export const PALETTE_NAMES = ["standard", "colour-blind"];
export const TEXT_SIZES = [1, 1.15, 1.3, 1.5];
/** Of an export: a file of another form is refused. */
const FORMAT = "overclaim-settings-1";

/** @type {Settings} */
export const DEFAULTS = {
  serverAddress: "http://127.0.0.1:8000",
  apiKey: "",
  verdicts: [...VERDICTS],
  threshold: 0,
  palette: "standard",
  textSize: 1,
};

const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** @returns {Promise<Settings>} */
export async function loadSettings() {
  return settingsOf(await loadStored("sync", DEFAULTS));
}

/** @param {Partial<Settings>} settings */
export function saveSettings(settings) {
  return store("sync", settings);
}

/** @param {Settings} settings @returns {Look} what a content script needs to know: not the key */
export function lookOf({ verdicts, threshold, palette, textSize }) {
  return { verdicts, threshold, palette, textSize };
}

/**
 * Settings from somewhere else, with our own in place of what is none of ours.
 *
 * @param {Record<string, unknown>} stored
 * @returns {Settings}
 */
export function settingsOf({ serverAddress, apiKey, verdicts, threshold, palette, textSize }) {
  return {
    serverAddress: (typeof serverAddress === "string" && addressOf(serverAddress)) || DEFAULTS.serverAddress,
    apiKey: typeof apiKey === "string" ? apiKey : "",
    verdicts: Array.isArray(verdicts) ? VERDICTS.filter((verdict) => verdicts.includes(verdict)) : DEFAULTS.verdicts,
    threshold: typeof threshold === "number" && threshold >= 0 && threshold <= 1 ? threshold : DEFAULTS.threshold,
    palette: PALETTE_NAMES.find((name) => name === palette) ?? DEFAULTS.palette,
    textSize: TEXT_SIZES.find((size) => size === textSize) ?? DEFAULTS.textSize,
  };
}

/** A file of the settings. The key stays out: files are passed on. @param {Settings} settings */
export function exportOf({ apiKey: _, ...settings }) {
  return `${JSON.stringify({ format: FORMAT, ...settings }, null, 2)}\n`;
}

/**
 * The settings in a file, or null when it holds none.
 *
 * @param {string} file @param {string} apiKey stays as it is
 * @returns {Settings | null}
 */
export function importOf(file, apiKey) {
  try {
    const json = JSON.parse(file);
    return json?.format === FORMAT ? settingsOf({ ...json, apiKey }) : null;
  } catch {
    return null;
  }
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
