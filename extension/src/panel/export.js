// Copying and saving what was found.

import { text } from "../browser.js";
import { csvOf, markdownOf } from "../report.js";
import { required } from "../texts.js";

/**
 * @param {{report: () => Promise<import("../report.js").Report | null>, say: (words: string) => void}} panel
 */
export function offerExport({ report, say }) {
  required("copy").addEventListener("click", async () => {
    const found = await report();
    if (!found) return;
    await navigator.clipboard.writeText(markdownOf(found));
    say(text("panel_copied"));
  });
  required("markdown").addEventListener("click", async () => {
    const found = await report();
    if (found) save("overclaim.md", "text/markdown", markdownOf(found));
  });
  required("csv").addEventListener("click", async () => {
    const found = await report();
    if (found) save("overclaim.csv", "text/csv", `\ufeff${csvOf(found)}`); // the mark tells Excel that it is UTF-8
  });
}

/** @param {string} name @param {string} type @param {string} content */
export function save(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the browser reads it after the click
}
