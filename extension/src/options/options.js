// The settings page. An address is saved only once the server behind it has answered.

import { ApiError, meta } from "../api.js";
import { requestOrigin, text } from "../browser.js";
import { addressOf, isExposed, loadSettings, originPatternOf, saveSettings } from "../settings.js";
import { fillTexts, reasonOf } from "../texts.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const address = /** @type {HTMLInputElement} */ (document.getElementById("address"));
const key = /** @type {HTMLInputElement} */ (document.getElementById("key"));
const status = /** @type {HTMLElement} */ (document.getElementById("status"));

fillTexts(document);
document.title = text("options_title");
const settings = await loadSettings();
address.value = settings.serverAddress;
key.value = settings.apiKey;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});

async function save() {
  const serverAddress = addressOf(address.value);
  address.setAttribute("aria-invalid", String(serverAddress === null));
  if (serverAddress === null) {
    say(text("options_bad_address"), "failed");
    return address.focus();
  }
  // Asked first: the browser lets a click ask only before anything is awaited.
  if (!(await requestOrigin(originPatternOf(serverAddress)))) return say(text("options_no_permission"), "failed");
  say(text("options_testing"));
  const tested = { serverAddress, apiKey: key.value.trim() };
  try {
    const { modelVersion, referenceVersion } = await meta(tested);
    await saveSettings(tested);
    address.value = serverAddress;
    const saved =
      modelVersion || referenceVersion
        ? text("options_saved_versions", modelVersion || "?", referenceVersion || "?")
        : text("options_saved");
    say(isExposed(serverAddress) ? `${saved} ${text("options_exposed")}` : saved);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(text("options_not_saved", reasonOf(error)), "failed");
  }
}

/** @param {string} words @param {"failed" | ""} [tone] */
function say(words, tone = "") {
  status.textContent = words;
  status.classList.toggle("failed", tone === "failed");
}
