// Runs beside the content script on sites the reader allowed for always: asks for the check that
// elsewhere a click asks for.

import { askBackground } from "../browser.js";

askBackground({ type: "arrived" }).catch(() => {}); // the extension was updated a moment ago
