// The settings page. An address is saved only once the server behind it has answered; what is shown
// and where is saved as it is chosen.

import { ApiError, VERDICTS, meta } from "../api.js";
import { askBackground, requestOrigins, shortcuts, text } from "../browser.js";
import { element } from "../elements.js";
import { save as saveFile } from "../panel/export.js";
import { PALETTE_NAMES, TEXT_SIZES, addressOf, exportOf, importOf, isExposed, loadSettings, originPatternOf, saveSettings } from "../settings.js";
import { fillTexts, reasonOf, required } from "../texts.js";
import { showSites } from "./sites.js";

const THRESHOLDS = [0, 0.5, 0.6, 0.7, 0.8, 0.9];

const address = /** @type {HTMLInputElement} */ (required("address"));
const key = /** @type {HTMLInputElement} */ (required("key"));
const threshold = /** @type {HTMLSelectElement} */ (required("threshold"));
const size = /** @type {HTMLSelectElement} */ (required("size"));
const file = /** @type {HTMLInputElement} */ (required("import"));

fillTexts(document);
document.title = text("options_title");
buildChoices();
await fill();
await showSites();
await showKeys();

required("form").addEventListener("submit", (event) => {
  event.preventDefault();
  saveServer();
});
for (const chooser of [required("verdicts"), threshold, required("palettes"), size]) chooser.addEventListener("change", saveLook);
required("export").addEventListener("click", async () => saveFile("overclaim-settings.json", "application/json", exportOf(await loadSettings())));
file.addEventListener("change", importFile);

function buildChoices() {
  required("verdicts").replaceChildren(...VERDICTS.toReversed().map((verdict) => choiceOf("checkbox", "verdict", verdict, text(`verdict_${verdict}`), `verdict ${verdict}`)));
  required("palettes").replaceChildren(...PALETTE_NAMES.map((name) => choiceOf("radio", "palette", name, text(`palette_${name.replace("-", "_")}`))));
  threshold.replaceChildren(...THRESHOLDS.map((value) => optionOf(value, value === 0 ? text("options_threshold_none") : text("percent", value * 100))));
  size.replaceChildren(...TEXT_SIZES.map((value) => optionOf(value, text("percent", Math.round(value * 100)))));
  required("samples").replaceChildren(...VERDICTS.filter((verdict) => verdict !== "uncovered").map((verdict) => element("li", `sample ${verdict}`, text(`verdict_${verdict}`))));
}

/** @param {string} type @param {string} name @param {string} value @param {string} words @param {string} [className] */
function choiceOf(type, name, value, words, className = "") {
  const label = element("label", "choice");
  const input = document.createElement("input");
  Object.assign(input, { type, name, value });
  label.append(input, " ", element("span", className, words));
  return label;
}

/** @param {number} value @param {string} words */
function optionOf(value, words) {
  return new Option(words, String(value));
}

async function fill() {
  const settings = await loadSettings();
  address.value = settings.serverAddress;
  key.value = settings.apiKey;
  for (const box of inputs("verdict")) box.checked = settings.verdicts.some((verdict) => verdict === box.value);
  for (const radio of inputs("palette")) radio.checked = radio.value === settings.palette;
  threshold.value = String(settings.threshold);
  size.value = String(settings.textSize);
  document.body.dataset.palette = settings.palette;
  document.body.style.setProperty("--size", size.value);
}

/** @param {string} name @returns {HTMLInputElement[]} */
function inputs(name) {
  return [...document.querySelectorAll("input")].filter((input) => input.name === name);
}

async function saveServer() {
  const serverAddress = addressOf(address.value);
  address.setAttribute("aria-invalid", String(serverAddress === null));
  if (serverAddress === null) {
    say("status", text("options_bad_address"), "failed");
    return address.focus();
  }
  // Asked first: the browser lets a click ask only before anything is awaited.
  if (!(await requestOrigins([originPatternOf(serverAddress)]))) return say("status", text("options_no_permission"), "failed");
  say("status", text("options_testing"));
  const tested = { ...(await loadSettings()), serverAddress, apiKey: key.value.trim() };
  try {
    const { modelVersion, referenceVersion } = await meta(tested);
    await saveSettings(tested);
    address.value = serverAddress;
    const saved =
      modelVersion || referenceVersion
        ? text("options_saved_versions", modelVersion || "?", referenceVersion || "?")
        : text("options_saved");
    say("status", isExposed(serverAddress) ? `${saved} ${text("options_exposed")}` : saved);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say("status", text("options_not_saved", reasonOf(error)), "failed");
  }
}

async function saveLook() {
  await saveSettings({
    verdicts: VERDICTS.filter((verdict) => inputs("verdict").some((box) => box.checked && box.value === verdict)),
    threshold: Number(threshold.value),
    palette: PALETTE_NAMES.find((name) => inputs("palette").some((radio) => radio.checked && radio.value === name)),
    textSize: Number(size.value),
  });
  await fill();
  await askBackground({ type: "lookChanged" });
  say("look-status", text("options_look_saved"));
}

async function importFile() {
  const chosen = file.files?.[0];
  file.value = ""; // so that the same file can be chosen again
  if (!chosen) return;
  const imported = importOf(await chosen.text(), key.value);
  if (!imported) return say("file-status", text("options_bad_file"), "failed");
  const { serverAddress, ...look } = imported;
  await saveSettings({ ...look, apiKey: (await loadSettings()).apiKey });
  await fill();
  await askBackground({ type: "lookChanged" });
  // The address needs its server's answer and the browser's permission, which only a click can ask for.
  address.value = serverAddress;
  say("file-status", text("options_imported"));
}

async function showKeys() {
  const all = await shortcuts();
  const named = all.filter(({ command }) => !command.startsWith("_"));
  required("keys").replaceChildren(...named.flatMap(({ keys, label }) => [element("dt", "", label), element("dd", "", keys || text("options_no_key"))]));
}

/** @param {string} id @param {string} words @param {"failed" | ""} [tone] */
function say(id, words, tone = "") {
  required(id).textContent = words;
  required(id).classList.toggle("failed", tone === "failed");
}
