// Builds dist/chrome and dist/firefox at the repository's root, and a ZIP of each.
//
// One manifest yields two: Chrome wants background.service_worker, Firefox background.scripts, and
// each warns about the other's keys; so it is with side_panel and sidebar_action. Injected files load as classic scripts in both browsers, so they
// are bundled as such; our own pages load modules.

import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { zipOf } from "./zip.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const SOURCE = join(HERE, "src");
const DIST = join(HERE, "..", "dist");
/** @type {Record<"iife" | "esm", string[]>} */
const ENTRIES = {
  iife: ["background", "content/main", "content/auto"],
  esm: ["panel/panel", "options/options"],
};
const COPIED = ["_locales", "panel/panel.html", "options/options.html", "page.css"].concat(
  ["16", "32", "48", "128"].map((size) => `icons/${size}.png`),
);

/** @typedef {Record<string, any>} Manifest */

/** @type {Record<string, (manifest: Manifest) => Manifest>} */
const TARGETS = {
  chrome({ browser_specific_settings: _, sidebar_action: __, background, ...rest }) {
    return { ...rest, background: { service_worker: background.service_worker } };
  },
  firefox({ minimum_chrome_version: _, side_panel: __, background, permissions, ...rest }) {
    return { ...rest, permissions: permissions.filter((/** @type {string} */ name) => name !== "sidePanel"), background: { scripts: background.scripts } };
  },
};

const manifest = JSON.parse(await readFile(join(HERE, "manifest.json"), "utf8"));
const { version } = JSON.parse(await readFile(join(HERE, "package.json"), "utf8"));
if (manifest.version !== version) {
  throw new Error(`manifest.json says version ${manifest.version}, package.json ${version}; make them equal`);
}

for (const [target, manifestOf] of Object.entries(TARGETS)) {
  const folder = join(DIST, target);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const format of /** @type {const} */ (["iife", "esm"])) {
    await build({
      absWorkingDir: HERE,
      entryPoints: ENTRIES[format].map((entry) => ({ in: join(SOURCE, `${entry}.js`), out: entry })),
      outdir: folder,
      bundle: true,
      format,
      target: target === "chrome" ? "chrome116" : "firefox140",
      charset: "utf8",
      legalComments: "none",
      logLevel: "warning",
    });
  }
  for (const path of COPIED) await cp(join(SOURCE, path), join(folder, path), { recursive: true });
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifestOf(manifest), null, 2)}\n`);

  const archive = zipOf(await filesIn(folder));
  await writeFile(join(DIST, `overclaim-${target}.zip`), archive);
  console.log(`dist/overclaim-${target}.zip  ${archive.length.toLocaleString("en")} bytes`);
}

/** @param {string} folder @returns {Promise<{name: string, data: Buffer}[]>} ordered by name */
async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.sort().map(async (path) => ({
      name: relative(folder, path).split(sep).join("/"),
      data: await readFile(path),
    })),
  );
}
