import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

import { VERDICTS } from "../src/api.js";

const SOURCE = new URL("../src/", import.meta.url);
const messages = JSON.parse(await readFile(new URL("_locales/en/messages.json", SOURCE), "utf8"));
const files = (await readdir(SOURCE, { recursive: true })).filter((name) => /\.(js|html)$/.test(name));
const code = (await Promise.all([...files.map((name) => readFile(new URL(name, SOURCE), "utf8")), readFile(new URL("../manifest.json", SOURCE), "utf8")])).join("\n");

/** Keys the code names whole, and beginnings it completes at run time. */
const named = [...code.matchAll(/(?:\btext\(|data-(?:text|label)=|__MSG_)["']?([a-z_]+?)(?:["']|__)/g)].map(([, key]) => key);
const begun = [...code.matchAll(/text\(`([a-z_]+_)\$\{/g)].map(([, start]) => start);

test("every text the code names exists", () => {
  assert.deepEqual(named.filter((key) => !Object.hasOwn(messages, key)), []);
  assert.ok(named.length > 20 && begun.length > 4, "the search itself must find texts");
});

test("every text is used", () => {
  const unused = Object.keys(messages).filter((key) => !code.includes(`"${key}"`) && !named.includes(key) && !begun.some((start) => key.startsWith(start)));
  assert.deepEqual(unused, []);
});

test("every verdict has its words", () => {
  for (const verdict of VERDICTS) {
    assert.ok(messages[`verdict_${verdict}`]?.message);
    assert.ok(messages[`meaning_${verdict}`]?.message);
  }
});

test("placeholders in a text are declared", () => {
  for (const [key, { message, placeholders = {} }] of Object.entries(messages)) {
    const used = [...message.matchAll(/\$([A-Z]+)\$/g)].map(([, name]) => name.toLowerCase());
    assert.deepEqual(used.sort(), Object.keys(placeholders).sort(), key);
  }
});
