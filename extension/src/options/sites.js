// The list of sites that are always or never read, and what the browser has opened to us.

import { askBackground, dropOrigin, openedOrigins, text } from "../browser.js";
import { element } from "../elements.js";
import { loadSettings, originPatternOf } from "../settings.js";
import { loadConsent } from "../sites.js";
import { required } from "../texts.js";

export async function showSites() {
  const on = /** @type {HTMLInputElement} */ (required("on"));
  const { isOn } = await loadConsent();
  on.checked = isOn;
  on.addEventListener("change", async () => {
    await askBackground({ type: "setOn", isOn: on.checked });
    required("sites-status").textContent = text(on.checked ? "options_is_on" : "error_off");
  });
  await list();
}

async function list() {
  const { sites } = await loadConsent();
  const server = originPatternOf((await loadSettings()).serverAddress);
  const named = new Set(Object.keys(sites).map(originPatternOf));
  const opened = (await openedOrigins()).filter((pattern) => pattern !== server && !named.has(pattern) && !pattern.startsWith("http://127.0.0.1/"));
  const entries = [
    ...Object.entries(sites).map(([origin, mode]) => entryOf(origin, text(`site_${mode}`), () => revoke(origin))),
    ...opened.map((pattern) => entryOf(pattern, text("options_opened"), () => dropOrigin(pattern))),
  ];
  required("sites").replaceChildren(...entries);
  required("no-sites").hidden = entries.length > 0;
}

/** @param {string} name @param {string} mode @param {() => Promise<unknown>} remove */
function entryOf(name, mode, remove) {
  const item = element("li", "");
  const button = element("button", "second", text("options_revoke"));
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", text("options_revoke_site", name));
  button.addEventListener("click", async () => {
    await remove();
    await list();
    required("sites-status").textContent = text("options_revoked", name);
    required("sites-heading").setAttribute("tabindex", "-1");
    required("sites-heading").focus(); // the button that had the focus is gone
  });
  item.append(element("span", "name", name), element("span", "mode", mode), button);
  return item;
}

/** @param {string} origin */
async function revoke(origin) {
  await askBackground({ type: "setMode", origin, mode: null });
  const server = originPatternOf((await loadSettings()).serverAddress);
  if (originPatternOf(origin) !== server) await dropOrigin(originPatternOf(origin));
}
