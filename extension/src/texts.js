// Texts of our own pages: fills the HTML, and puts failures into the reader's words.

import { text } from "./browser.js";

/** Fills every `data-text` and `data-label` with its message. @param {Document} document */
export function fillTexts(document) {
  document.documentElement.lang = text("language"); // of the texts, which need not be the browser's
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.getAttribute("data-text") ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.getAttribute("data-label") ?? ""));
  }
}

/** What went wrong, and what to do. @param {import("./background.js").Failure} failure */
export function reasonOf({ code, seconds, detail }) {
  if (code === "busy" && seconds) return text("error_busy_seconds", seconds);
  return text(`error_${code.replaceAll("-", "_")}`, detail ?? "");
}

/** An element that our page's HTML holds. @param {string} id */
export function required(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
