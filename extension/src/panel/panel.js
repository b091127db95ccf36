// The page's claims in a list: the side panel of Chrome, the sidebar of Firefox and the popup of both.
// A painted highlight cannot take focus, so this list is a way in for keyboard and screen reader.

import { PageUnreachable, askBackground, askPage, hasSidePanel, onTabChange, onTold, openOptions, openSidePanel, requestOrigins, tabOf, text } from "../browser.js";
import { VERDICTS } from "../api.js";
import { element } from "../elements.js";
import { loadSettings, originPatternOf } from "../settings.js";
import { loadConsent, siteOf } from "../sites.js";
import { fillTexts, reasonOf, required } from "../texts.js";
import { offerExport } from "./export.js";
import { showOmissions } from "./omissions.js";

/** @typedef {import("../content/main.js").PageState} PageState @typedef {import("../background.js").Failure} Failure */

const parameters = new URLSearchParams(location.search);
const isPopup = parameters.get("in") === "popup";
/** The tab a test opened us for; a reader's panel is about the tab in front. */
const chosenTab = parameters.get("tab");

const checkButton = required("check");
const status = required("status");
const claims = required("claims");
const filters = required("filters");

/** @type {{id: number, windowId: number, url: string} | null} */
let tab = null;
/** @type {PageState | null} */
let state = null;
/** Verdicts the reader has filtered out. @type {Set<string>} */
const filteredOut = new Set();

fillTexts(document);
document.body.classList.toggle("popup", isPopup);
const settings = await loadSettings();
document.body.style.setProperty("--size", String(settings.textSize));
document.body.dataset.palette = settings.palette;
required("where").textContent = text("panel_where", new URL(settings.serverAddress).host);

checkButton.addEventListener("click", check);
required("stop").addEventListener("click", stop);
required("switch").addEventListener("click", toggle);
required("options").addEventListener("click", openOptions);
required("beside").addEventListener("click", () => {
  if (tab) openSidePanel(tab.windowId).then(() => window.close(), () => say(text("error_bug"), "failed"));
});
for (const radio of radios()) radio.addEventListener("click", () => chooseMode(radio.value));
onTold("changed", (message, sender) => {
  if (sender.tabId === tab?.id) show(message.state);
});
if (!isPopup) onTabChange(look);
await look();

/** Finds out what is known of the tab in front. */
async function look() {
  tab = await tabOf(chosenTab === null ? null : Number(chosenTab));
  const found = await stateOfPage();
  await showConsent();
  if (found) show(found);
  else showNothing();
}

/** @returns {Promise<PageState | null>} null when the page was not checked yet */
async function stateOfPage() {
  if (!tab) return null;
  try {
    return await askPage(tab.id, { type: "state" });
  } catch (error) {
    if (error instanceof PageUnreachable) return null;
    throw error;
  }
}

async function showConsent() {
  const { isOn, sites } = await loadConsent();
  const site = siteOf(tab?.url ?? "");
  required("switch").setAttribute("aria-checked", String(isOn));
  required("beside").hidden = !isPopup || !hasSidePanel();
  required("site").hidden = site === null || !isOn;
  if (site === null) return;
  required("site-name").textContent = text("site_on", new URL(site).host);
  for (const radio of radios()) radio.checked = radio.value === (sites[site] ?? "ask");
}

/** @returns {HTMLInputElement[]} */
function radios() {
  return [...document.querySelectorAll("input")].filter(({ name }) => name === "mode");
}

async function toggle() {
  const isOn = required("switch").getAttribute("aria-checked") !== "true";
  await askBackground({ type: "setOn", isOn });
  await look();
}

/** @param {string} value */
async function chooseMode(value) {
  const origin = siteOf(tab?.url ?? "");
  if (!tab || origin === null) return;
  // Asked first: the browser lets a click ask only before anything is awaited.
  const allowing = value === "always" ? requestOrigins([originPatternOf(origin)]) : Promise.resolve(true);
  // Stored meanwhile: the browser's question closes Firefox's popup, and what comes after it.
  const mode = value === "ask" ? null : value;
  await askBackground({ type: "setMode", origin, mode });
  if (!(await allowing)) await askBackground({ type: "setMode", origin, mode: null });
  else if (mode === "never") await askBackground({ type: "stop", tabId: tab.id });
  else if (mode === "always" && (state === null || state.phase === "idle")) return check();
  await look();
}

async function check() {
  if (checkButton.getAttribute("aria-disabled") === "true" || !tab) return;
  setBusy(true);
  say(text("panel_checking"));
  try {
    show(await askBackground({ type: "check", tabId: tab.id }));
  } catch (error) {
    show({ error: { code: "bug" } }); // the background went away without an answer
    throw error;
  }
}

async function stop() {
  if (!tab) return;
  await askBackground({ type: "stop", tabId: tab.id });
  checkButton.focus();
  showNothing();
}

/** Not `disabled`: the button must keep the focus it has. @param {boolean} isBusy */
function setBusy(isBusy) {
  if (isBusy) checkButton.setAttribute("aria-disabled", "true");
  else checkButton.removeAttribute("aria-disabled");
}

async function showNothing() {
  state = null;
  setBusy(false);
  const { isOn, sites } = await loadConsent();
  const isNever = sites[siteOf(tab?.url ?? "") ?? ""] === "never";
  checkButton.textContent = text("panel_check");
  required("stop").hidden = true;
  required("result").hidden = true;
  required("omissions").hidden = true;
  say(text(!isOn ? "error_off" : isNever ? "error_never" : "panel_idle"));
}

/** @param {PageState | {error: Failure}} outcome */
function show(outcome) {
  if (!("phase" in outcome)) {
    setBusy(false);
    return say(reasonOf(outcome.error), "failed");
  }
  if (outcome.phase === "idle") return void showNothing();
  state = outcome;
  const { phase, claims: found, error } = outcome;
  const isBusy = phase === "checking";
  setBusy(isBusy);
  checkButton.textContent = text(phase === "done" ? "panel_check_again" : "panel_check");
  required("stop").hidden = isBusy;
  required("result").hidden = found.length === 0;
  required("hidden").hidden = outcome.hidden === 0;
  required("hidden").textContent = text("panel_hidden", outcome.hidden);
  showOmissions(outcome, settings);
  if (phase === "waiting" && error) say(text("panel_waiting", reasonOf(error), outcome.retrySeconds ?? 0), "failed");
  else if (error) say(phase === "done" ? text("panel_partly", reasonOf(error)) : reasonOf(error), "failed");
  else if (isBusy) say(text("panel_checking"));
  else say(found.length === 0 ? text("panel_none") : found.length === 1 ? text("panel_found_one") : text("panel_found", found.length));
  showFilters(found);
  showClaims(found);
}

/** @param {string} words @param {"failed" | ""} [tone] */
function say(words, tone = "") {
  if (status.textContent !== words) status.textContent = words; // said once, not at every change
  status.classList.toggle("failed", tone === "failed");
}

/** A button with its count for each verdict, worst first. @param {PageState["claims"]} found */
function showFilters(found) {
  const counted = VERDICTS.toReversed()
    .map((verdict) => ({ verdict, count: found.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ count }) => count > 0);
  replaceKeepingFocus(filters, counted.map(({ verdict, count }) => filterOf(verdict, count)));
}

/** @param {string} verdict @param {number} count */
function filterOf(verdict, count) {
  const filter = element("button", `filter verdict ${verdict}`, `${text(`verdict_${verdict}`)}: ${count}`);
  filter.setAttribute("type", "button");
  filter.setAttribute("aria-pressed", String(!filteredOut.has(verdict)));
  filter.dataset.key = verdict;
  filter.addEventListener("click", () => {
    if (!filteredOut.delete(verdict)) filteredOut.add(verdict);
    if (state) show(state);
  });
  return filter;
}

/** @param {PageState["claims"]} found */
function showClaims(found) {
  replaceKeepingFocus(claims, found.filter(({ verdict }) => !filteredOut.has(verdict)).map(itemOf));
}

/** @param {PageState["claims"][number]} claim */
function itemOf({ id, text: words, verdict, located }) {
  const claim = element("button", "claim");
  claim.setAttribute("type", "button");
  claim.dataset.key = String(id);
  claim.append(element("span", `verdict ${verdict}`, text(`verdict_${verdict}`)), element("span", "words", words.replace(/\s+/g, " ")));
  if (located) {
    claim.addEventListener("click", () => goTo(id));
  } else {
    claim.setAttribute("aria-disabled", "true");
    claim.append(element("span", "note", text("panel_not_located")));
  }
  const item = document.createElement("li");
  item.append(claim);
  return item;
}

/** Draws a list anew; who was on one of its buttons stays there. @param {HTMLElement} list @param {HTMLElement[]} items */
function replaceKeepingFocus(list, items) {
  const focused = list.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.key : undefined;
  list.replaceChildren(...items);
  if (focused !== undefined) /** @type {HTMLElement | null} */ (list.querySelector(`[data-key="${CSS.escape(focused)}"]`))?.focus();
}

/** @param {number} id */
async function goTo(id) {
  if (!tab) return;
  try {
    await askPage(tab.id, { type: "goTo", id });
  } catch (error) {
    if (!(error instanceof PageUnreachable)) throw error;
    show({ error: { code: "page-changed" } });
  }
}

offerExport({
  async report() {
    return tab ? await askPage(tab.id, { type: "report" }) : null;
  },
  say,
});
