// What the page leaves out, with what the reference holds on it.

import { ApiError, evidence, meta } from "../api.js";
import { text } from "../browser.js";
import { element, listOf, sourceOf } from "../elements.js";
import { reasonOf, required } from "../texts.js";

/** @typedef {import("../api.js").Omission} Omission @typedef {import("../settings.js").Settings} Settings */

/** Names of treatments by id, asked for once. @type {Promise<Record<string, string>> | null} */
let names = null;
/** What is shown: drawn again only when it changes, so that an opened entry stays open. */
let shown = "";

/**
 * @param {{omissions: Omission[] | null, hasGrown: boolean}} state
 * @param {Settings} settings
 */
export async function showOmissions({ omissions, hasGrown }, settings) {
  required("omissions").hidden = !omissions?.length;
  required("omissions-note").hidden = !hasGrown;
  const wanted = JSON.stringify(omissions ?? []);
  if (wanted === shown) return;
  shown = wanted;
  if (!omissions?.length) return required("omitted").replaceChildren();
  names ??= meta(settings).then(({ interventions }) => interventions, () => ({}));
  const known = await names;
  if (wanted === shown) required("omitted").replaceChildren(...omissions.map((omission) => itemOf(omission, known, settings)));
}

/** @param {Omission} omission @param {Record<string, string>} known @param {Settings} settings */
function itemOf({ intervention, topic, evidence: ids }, known, settings) {
  const item = element("li", "omission");
  const name = known[intervention] || intervention.replaceAll("-", " ");
  const said = text(`omission_${topic.replace("-", "_")}`, name);
  if (ids.length === 0) {
    item.textContent = said;
    return item;
  }
  const details = document.createElement("details");
  const body = element("div", "held");
  details.append(element("summary", "", said), body);
  // Fetched when it is wanted: most readers open one or none.
  details.addEventListener("toggle", () => void fill(body, ids, settings), { once: true });
  item.append(details);
  return item;
}

/** @param {HTMLElement} body @param {string[]} ids @param {Settings} settings */
async function fill(body, ids, settings) {
  body.textContent = text("omission_loading");
  try {
    const held = await Promise.all(ids.map((id) => evidence(id, settings)));
    body.replaceChildren(...held.map(({ statement, sources }) => {
      const entry = element("div", "entry");
      entry.append(element("p", "statement", statement), listOf("sources", sources.map(sourceOf)));
      return entry;
    }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    body.textContent = reasonOf(error);
  }
}
