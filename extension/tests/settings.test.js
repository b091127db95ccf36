import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, isExposed, originPatternOf } from "../src/settings.js";

test("an address is kept without what follows its path", () => {
  /** @type {[string, string | null][]} */
  const cases = [
    [" http://127.0.0.1:8000/ ", "http://127.0.0.1:8000"],
    ["https://Host.example/overclaim/?a#b", "https://host.example/overclaim"],
    ["127.0.0.1:8000", null],
    ["localhost:8000", null],
    ["ftp://host.example", null],
    ["https://user:word@host.example", null],
    ["", null],
  ];
  assert.deepEqual(cases.map(([typed]) => addressOf(typed)), cases.map(([, address]) => address));
});

test("the pattern of an address has no port", () => {
  assert.equal(originPatternOf("http://127.0.0.1:8000/api"), "http://127.0.0.1/*");
});

test("only http to another machine is exposed", () => {
  const cases = ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1", "https://host.example", "http://host.example"];
  assert.deepEqual(cases.map(isExposed), [false, false, false, false, true]);
});
