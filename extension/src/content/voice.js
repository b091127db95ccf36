// For those who hear a page: what is marked, as a list they can read, and a line that is spoken when
// it changes. A highlight carries no label of its own, and no node of the page may carry one for it.

import { text } from "../browser.js";
import { element } from "../elements.js";
import { attachLayer } from "./layer.js";

const STYLES = `
:host { all: initial !important; position: fixed !important; inset: 0 auto auto 0 !important; }
div { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

export function createVoice() {
  /** @type {ReturnType<typeof attachLayer> & {status: HTMLElement, list: HTMLElement} | null} */
  let layer = null;

  function attached() {
    if (layer?.host.isConnected) return layer;
    const made = attachLayer("overclaim-voice", STYLES);
    const status = element("p", "");
    const list = element("ul", "");
    status.setAttribute("role", "status");
    made.root.setAttribute("role", "region");
    made.root.setAttribute("aria-label", text("voice_region"));
    made.root.lang = text("language");
    made.root.append(status, list);
    layer = { ...made, status, list };
    return layer;
  }

  return {
    /** @param {readonly import("./main.js").Finding[]} findings */
    list(findings) {
      const marked = findings.filter(({ claim, ranges }) => ranges && claim.verdict !== "uncovered");
      if (marked.length === 0 && !layer) return;
      const items = marked.map(({ claim }) => element("li", "", text("voice_claim", text(`verdict_${claim.verdict}`), claim.text.replace(/\s+/g, " "))));
      attached().list.replaceChildren(...items);
    },
    /** @param {string} words */
    say(words) {
      attached().status.textContent = words;
    },
    remove() {
      layer?.remove();
      layer = null;
    },
  };
}
