// Where the extension may read: on or off as a whole, and "always" or "never" by site. It stays in this
// browser, as the permissions do that "always" rests on.

import { loadStored, mayReach, store } from "./browser.js";
import { originPatternOf } from "./settings.js";

/**
 * @typedef {"always" | "never"} Mode a site without one is asked for each time, by a click
 * @typedef {{isOn: boolean, sites: Record<string, Mode>}} Consent `sites`: by origin
 */

/** @returns {Promise<Consent>} */
export async function loadConsent() {
  const { isOn, sites } = await loadStored("local", { isOn: true, sites: {} });
  return { isOn, sites };
}

/** @param {boolean} isOn */
export function setOn(isOn) {
  return store("local", { isOn });
}

/** @param {string} origin @param {Mode | null} mode null: asked each time */
export async function setMode(origin, mode) {
  const { sites } = await loadConsent();
  const { [origin]: _, ...others } = sites;
  await store("local", { sites: mode ? { ...others, [origin]: mode } : others });
}

/** The site of a page's address, or null for pages that are none. @param {string} url */
export function siteOf(url) {
  if (!URL.canParse(url)) return null;
  const { protocol, origin } = new URL(url);
  return protocol === "http:" || protocol === "https:" ? origin : null;
}

/**
 * The match patterns of the sites that are read without a click: those allowed for always, as long as
 * the browser still lets us.
 *
 * @param {Consent} consent
 */
export async function patternsToRunOn({ isOn, sites }) {
  if (!isOn) return [];
  const patterns = new Set(Object.keys(sites).filter((origin) => sites[origin] === "always").map(originPatternOf));
  const held = await Promise.all([...patterns].map(async (pattern) => ((await mayReach(pattern)) ? [pattern] : [])));
  return held.flat();
}
