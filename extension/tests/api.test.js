import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, evidence, sendDispute, answerOf, check, meta, retrySecondsOf } from "../src/api.js";

const SETTINGS = { serverAddress: "http://127.0.0.1:8000", apiKey: "" };
const PAGE = { url: "https://clinic.example/", blocks: [{ id: "b0", kind: /** @type {const} */ ("text"), text: "It works." }] };
const GOOD = {
  claims: [{
    block: "b0", start: 0, end: 9, text: "It works.", verdict: "overstated", confidence: 0.91,
    reasons: [{ code: "certainty", start: 3, end: 8 }],
    evidence: [{ id: "e", statement: "It may.", certainty: "low", relation: "is-weaker", similarity: 0.8,
      sources: [{ title: "T", publisher: "P", year: 2023, url: "https://a.example", identifier: "doi:1" }] }],
  }],
  model_version: "m1", reference_version: "r1",
};

/** A transport that answers once and keeps what was asked. @param {number} status @param {unknown} body @param {Record<string, string>} [headers] */
function answering(status, body, headers = {}) {
  /** @type {{url: string, init: RequestInit}[]} */
  const asked = [];
  const fetch = /** @type {typeof globalThis.fetch} */ (async (url, init) => {
    asked.push({ url: String(url), init: init ?? {} });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
  });
  return { asked, transport: { fetch } };
}

/** @param {Promise<unknown>} promise @returns {Promise<ApiError>} */
async function errorOf(promise) {
  const error = await promise.then(() => assert.fail("no error"), (caught) => caught);
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

test("a check sends blocks, address and unit, and reads the answer", async () => {
  const { asked, transport } = answering(200, GOOD);
  const answer = await check(PAGE, { ...SETTINGS, apiKey: "k" }, transport);
  assert.equal(asked[0].url, "http://127.0.0.1:8000/api/v1/check");
  assert.deepEqual(JSON.parse(String(asked[0].init.body)), { ...PAGE, offset_unit: "utf16" });
  assert.equal(new Headers(asked[0].init.headers).get("Authorization"), "Bearer k");
  assert.equal(asked[0].init.redirect, "error");
  assert.deepEqual(answer, {
    claims: [{
      block: "b0", start: 0, end: 9, text: "It works.", verdict: "overstated", confidence: 0.91,
      reasons: [{ code: "certainty", start: 3, end: 8 }],
      evidence: [{ id: "e", statement: "It may.", certainty: "low", relation: "is-weaker",
        sources: [{ title: "T", publisher: "P", year: "2023", url: "https://a.example", identifier: "doi:1" }] }],
      parts: [], precedents: [],
    }],
    omissions: null, modelVersion: "m1", referenceVersion: "r1",
  });
});

test("without a key none is sent", async () => {
  const { asked, transport } = answering(200, GOOD);
  await check(PAGE, SETTINGS, transport);
  assert.equal(new Headers(asked[0].init.headers).get("Authorization"), null);
});

/** @type {[number, import("../src/api.js").ErrorCode][]} */
const STATUSES = [
  [400, "rejected"], [401, "key"], [403, "key"], [404, "old-server"], [405, "old-server"], [413, "too-large"],
  [415, "rejected"], [422, "rejected"], [429, "busy"], [500, "fault"], [502, "away"], [503, "not-ready"], [504, "away"],
];
for (const [status, code] of STATUSES) {
  test(`status ${status} is "${code}", in the server's words`, async () => {
    const problem = { type: "about:blank", title: "T", status, detail: "what came, what was expected" };
    const { transport } = answering(status, problem, { "Content-Type": "application/problem+json" });
    const error = await errorOf(check(PAGE, SETTINGS, transport));
    assert.deepEqual([error.code, error.detail], [code, "what came, what was expected"]);
  });
}

test("an error page that is no problem document still has its code", async () => {
  const { transport } = answering(413, "<h1>Request Entity Too Large</h1>");
  const error = await errorOf(check(PAGE, SETTINGS, transport));
  assert.deepEqual([error.code, error.detail], ["too-large", "HTTP 413"]);
});

test("too many requests carry the wait", async () => {
  const { transport } = answering(429, {}, { "Retry-After": "17" });
  assert.equal((await errorOf(check(PAGE, SETTINGS, transport))).seconds, 17);
});

test("Retry-After is seconds, a date, or nothing", () => {
  const now = Date.parse("2026-11-24T10:00:00Z");
  /** @type {[string | null, number | null][]} */
  const cases = [[null, null], ["", null], ["soon", null], ["0", 1], ["30", 30], ["999999", 3600], ["-5", null],
    ["Tue, 24 Nov 2026 10:01:00 GMT", 60], ["Tue, 24 Nov 2026 09:00:00 GMT", 1]];
  assert.deepEqual(cases.map(([header]) => retrySecondsOf(header, now)), cases.map(([, seconds]) => seconds));
});

test("a server nobody answers for is away", async () => {
  const fetch = async () => { throw new TypeError("Failed to fetch"); };
  assert.equal((await errorOf(check(PAGE, SETTINGS, { fetch }))).code, "away");
});

test("a server that never answers is slow", async () => {
  const fetch = /** @type {typeof globalThis.fetch} */ ((_, init) => new Promise((_, reject) => {
    // The open timer holds the process, as a connection would; AbortSignal.timeout does not.
    const connection = setTimeout(() => assert.fail("not aborted"), 5000);
    init?.signal?.addEventListener("abort", () => { clearTimeout(connection); reject(init.signal?.reason); });
  }));
  assert.equal((await errorOf(check(PAGE, SETTINGS, { fetch, timeoutMs: 20 }))).code, "slow");
});

const claim = GOOD.claims[0];
/** @type {[string, unknown][]} */
const FOREIGN = [
  ["no JSON", "<h1>hello</h1>"], ["no object", []], ["null", null], ["no claims", { results: [] }],
  ["an unknown verdict", { claims: [{ ...claim, verdict: "dubious" }] }],
  ["a claim without a place", { claims: [{ ...claim, start: undefined }] }],
  ["an offset that is no whole number", { claims: [{ ...claim, start: 0.5 }] }],
  ["a claim that is no object", { claims: ["It works."] }],
];
for (const [name, body] of FOREIGN) {
  test(`an answer with ${name} comes from another server`, async () => {
    const { transport } = answering(200, body);
    assert.equal((await errorOf(check(PAGE, SETTINGS, transport))).code, "old-server");
  });
}

test("what a claim may lack is empty, not missing", () => {
  const { block, start, end, text, verdict } = claim;
  assert.deepEqual(answerOf({ claims: [{ block, start, end, text, verdict }] }), {
    claims: [{ block, start, end, text, verdict, confidence: null, reasons: [], evidence: [], parts: [], precedents: [] }],
    omissions: null, modelVersion: "", referenceVersion: "",
  });
});

test("parts and precedents are read, and what we do not know of them is left out", () => {
  const evidence = [{ id: "e", statement: "It may.", certainty: "low", relation: "supports", sources: [] }];
  const parts = [
    { start: 0, end: 4, text: "Safe", verdict: "false", confidence: 0.8, evidence },
    { start: 5, end: 9, text: "sure", verdict: "dubious", confidence: 0.8, evidence: [] },
  ];
  const precedents = [{ text: "It is safe.", verdict: "false", similarity: 0.9 }, { verdict: "false" }];
  const [read] = answerOf({ claims: [{ ...claim, parts, precedents }] }).claims;
  assert.deepEqual(read.parts, [{ text: "Safe", verdict: "false", confidence: 0.8, evidence }]);
  assert.deepEqual(read.precedents, ["It is safe."]);
});

test("meta tells the versions", async () => {
  const { asked, transport } = answering(200, { model_version: "m", reference_version: "r" });
  assert.deepEqual(await meta(SETTINGS, transport), { modelVersion: "m", referenceVersion: "r", interventions: {} });
  assert.equal(asked[0].url, "http://127.0.0.1:8000/api/v1/meta");
});

test("meta of another server is told", async () => {
  const { transport } = answering(200, "hello");
  assert.equal((await errorOf(meta(SETTINGS, transport))).code, "old-server");
});

test("omissions are read, unknown topics left out, and their absence is no empty list", () => {
  const omissions = [{ intervention: "ketamine", topic: "risks", evidence: ["e", 1] }, { intervention: "ketamine", topic: "weather", evidence: [] }];
  assert.deepEqual(answerOf({ claims: [], omissions }).omissions, [{ intervention: "ketamine", topic: "risks", evidence: ["e"] }]);
  assert.deepEqual(answerOf({ claims: [], omissions: [] }).omissions, []);
  assert.equal(answerOf({ claims: [] }).omissions, null);
});

test("an evidence statement is asked for by its id", async () => {
  const { asked, transport } = answering(200, { id: "a/b", statement: "It may.", sources: [] });
  assert.equal((await evidence("a/b", SETTINGS, transport)).statement, "It may.");
  assert.equal(asked[0].url, "http://127.0.0.1:8000/api/v1/evidence/a%2Fb");
});

test("a dispute is sent in the server's form and within its limits", async () => {
  const { asked, transport } = answering(201, { id: "x" });
  await sendDispute({ claim: "c".repeat(9000), verdict: "false", comment: "no", evidenceIds: Array(30).fill("e"), url: "", modelVersion: "m", referenceVersion: "" }, SETTINGS, transport);
  const body = JSON.parse(String(asked[0].init.body));
  assert.deepEqual({ ...body, claim: body.claim.length, evidence_ids: body.evidence_ids.length }, { claim: 5000, verdict: "false", comment: "no", evidence_ids: 20, url: null, model_version: "m", reference_version: null });
});
