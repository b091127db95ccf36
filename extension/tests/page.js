// A page for the tests of the content script's pure parts: jsdom in place of the browser.

import { JSDOM } from "jsdom";

/**
 * Opens `body` as the page the modules under test see.
 *
 * @param {string} body HTML
 * @param {{title?: string}} [options]
 * @returns {Document}
 */
export function openPage(body, { title = "" } = {}) {
  const { window } = new JSDOM(`<!doctype html><title>${title}</title><body>${body}</body>`);
  for (const name of /** @type {const} */ (["document", "Node", "NodeFilter"])) {
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
  }
  globalThis.getComputedStyle = window.getComputedStyle.bind(window);
  return window.document;
}
