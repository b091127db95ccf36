// The popup: starts a check, says how it went, lists the claims in page order. A painted highlight
// cannot take focus, so this list is the way in for keyboard and screen reader.

import { PageUnreachable, activeTabId, askBackground, askPage, openOptions, text } from "../browser.js";
import { VERDICTS } from "../api.js";
import { fillTexts, reasonOf } from "../texts.js";

/** @typedef {import("../content/main.js").PageState} PageState */

const button = required("check");
const status = required("status");
const result = required("result");
const counts = required("counts");
const claims = required("claims");

fillTexts(document);
required("options").addEventListener("click", openOptions);

const tabId = await openedFor();
button.addEventListener("click", check);
const state = await stateOfPage();
if (state?.phase === "checking") await check(); // joins the check that runs
else if (state) show(state);
else say(text("popup_idle"));

/** The tab this popup is about: its opener's choice in `?tab=`, or the one the reader looks at. */
async function openedFor() {
  const chosen = new URLSearchParams(location.search).get("tab");
  return chosen === null ? await activeTabId() : Number(chosen);
}

/** @returns {Promise<PageState | null>} null when the page was not checked yet */
async function stateOfPage() {
  if (tabId === null) return null;
  try {
    return await askPage(tabId, { type: "state" });
  } catch (error) {
    if (error instanceof PageUnreachable) return null;
    throw error;
  }
}

async function check() {
  if (button.getAttribute("aria-disabled") === "true") return;
  // Not `disabled`: the button must keep the focus it has.
  button.setAttribute("aria-disabled", "true");
  result.hidden = true;
  say(text("popup_checking"));
  try {
    show(tabId === null ? { error: { code: "no-access" } } : await askBackground({ type: "check", tabId }));
  } catch (error) {
    show({ error: { code: "bug" } }); // the background went away without an answer
    throw error;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** @param {PageState | {error: import("../background.js").Failure}} outcome */
function show(outcome) {
  if (outcome.error) return say(reasonOf(outcome.error), "failed");
  const { phase, claims: found } = /** @type {PageState} */ (outcome);
  if (phase !== "done") return say(text("popup_idle"));
  button.textContent = text("popup_check_again");
  say(found.length === 0 ? text("popup_none") : found.length === 1 ? text("popup_found_one") : text("popup_found", found.length));
  result.hidden = found.length === 0;
  counts.replaceChildren(...countsOf(found));
  claims.replaceChildren(...found.map(itemOf));
}

/** @param {string} words @param {"failed" | ""} [tone] */
function say(words, tone = "") {
  status.textContent = words;
  status.classList.toggle("failed", tone === "failed");
}

/** Worst first. @param {PageState["claims"]} found */
function countsOf(found) {
  return VERDICTS.toReversed()
    .map((verdict) => ({ verdict, count: found.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => element("li", `verdict ${verdict}`, `${text(`verdict_${verdict}`)}: ${count}`));
}

/** @param {PageState["claims"][number]} claim @param {number} index */
function itemOf({ text: words, verdict, located }, index) {
  const claim = element("button", "claim");
  claim.setAttribute("type", "button");
  claim.append(
    element("span", `verdict ${verdict}`, text(`verdict_${verdict}`)),
    element("span", "words", words.replace(/\s+/g, " ")),
  );
  if (located) {
    claim.addEventListener("click", () => goTo(index));
  } else {
    claim.setAttribute("aria-disabled", "true");
    claim.append(element("span", "note", text("popup_not_located")));
  }
  const item = document.createElement("li");
  item.append(claim);
  return item;
}

/** @param {number} index */
async function goTo(index) {
  if (tabId === null) return;
  try {
    await askPage(tabId, { type: "goTo", index });
  } catch (error) {
    if (!(error instanceof PageUnreachable)) throw error;
    show({ error: { code: "page-changed" } });
  }
}

/** @param {string} tag @param {string} className @param {string} [content] */
function element(tag, className, content = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = content;
  return made;
}

/** @param {string} id */
function required(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
