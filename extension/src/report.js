// A page's findings as files that people pass on.

import { text } from "./browser.js";

/**
 * @typedef {import("./api.js").Claim & {located: boolean}} ReportedClaim
 * @typedef {{url: string, title: string, claims: ReportedClaim[], omissions: import("./api.js").Omission[],
 *   hasGrown: boolean, modelVersion: string, referenceVersion: string}} Report
 */

const COLUMNS = ["verdict", "confidence", "claim", "reasons", "evidence_ids", "sources", "located", "url", "model_version", "reference_version"];

/** @param {Report} report */
export function markdownOf({ url, title, claims, omissions, modelVersion, referenceVersion }) {
  return [
    `# ${text("report_title")}`,
    [`- ${oneLine(title)}`, `- <${url}>`, `- ${text("versions", modelVersion || "?", referenceVersion || "?")}`].join("\n"),
    ...(omissions.length > 0 ? [`## ${text("omissions_heading")}`, omissions.map(omissionLine).join("\n")] : []),
    `## ${text("panel_claims")}`,
    ...claims.map(claimParagraph),
    `*${text("panel_no_advice")}*`,
  ].join("\n\n").concat("\n");
}

/** @param {import("./api.js").Omission} omission */
function omissionLine({ intervention, topic, evidence }) {
  const said = text(`omission_${topic.replace("-", "_")}`, intervention.replaceAll("-", " "));
  return `- ${said}${evidence.length > 0 ? ` (${evidence.join(", ")})` : ""}`;
}

/** @param {ReportedClaim} claim */
function claimParagraph({ text: words, verdict, confidence, evidence }) {
  const sure = confidence === null ? "" : ` (${Math.round(confidence * 100)} %)`;
  const sources = evidence.flatMap(({ statement, sources: from }) => [
    `  - ${escaped(statement)}`,
    ...from.map(({ title, url, identifier }) => `    - ${escaped(title || identifier)} ${url ? `<${url}>` : ""}`.trimEnd()),
  ]);
  return [`- **${text(`verdict_${verdict}`)}**${sure}: “${escaped(words)}”`, ...sources].join("\n");
}

/** @param {Report} report @returns {string} by RFC 4180 */
export function csvOf({ url, claims, modelVersion, referenceVersion }) {
  const rows = claims.map(({ verdict, confidence, text: words, reasons, evidence, located }) => [
    verdict,
    confidence === null ? "" : String(confidence),
    oneLine(words),
    reasons.map(({ code }) => code).join(" "),
    evidence.map(({ id }) => id).join(" "),
    evidence.flatMap(({ sources }) => sources.map((source) => source.url)).join(" "),
    located ? "yes" : "no",
    url,
    modelVersion,
    referenceVersion,
  ]);
  return [COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n").concat("\r\n");
}

/** A page's words must not run as a formula in a spreadsheet. @param {string} value */
function cell(value) {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {string} words */
function oneLine(words) {
  return words.replace(/\s+/g, " ").trim();
}

/** Signs that Markdown would take for its own. @param {string} words */
function escaped(words) {
  return oneLine(words).replace(/[\\`*_[\]<>#|]/g, "\\$&");
}
