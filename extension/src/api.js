// The server's HTTP API, version 1. Knows no browser and no page.

/**
 * @typedef {"title" | "heading" | "text"} BlockKind
 * @typedef {{id: string, kind: BlockKind, text: string}} SentBlock
 * @typedef {"supported" | "overstated" | "unsupported" | "false" | "uncovered"} Verdict
 * @typedef {{code: string, start: number | null, end: number | null}} Reason
 * @typedef {{title: string, publisher: string, year: string, url: string, identifier: string}} Source
 * @typedef {{id: string, statement: string, certainty: string, relation: string, sources: Source[]}} Evidence
 * @typedef {{block: string, start: number, end: number, text: string, verdict: Verdict,
 *   confidence: number | null, reasons: Reason[], evidence: Evidence[], parts: Part[],
 *   precedents: string[]}} Claim `precedents`: sentences like it that people labelled so
 * @typedef {{text: string, verdict: Verdict, confidence: number | null, evidence: Evidence[]}} Part
 *   one of several claims that a sentence makes
 * @typedef {{intervention: string, topic: Topic, evidence: string[]}} Omission `evidence`: ids of
 *   statements that say what the page leaves out
 * @typedef {"risks" | "regulatory-status" | "alternatives" | "durability"} Topic
 * @typedef {{claims: Claim[], omissions: Omission[] | null, modelVersion: string, referenceVersion: string}} Answer
 *   `omissions`: null from a server that does not look for them
 * @typedef {{claim: string, verdict: Verdict, comment: string, evidenceIds: string[], url: string,
 *   modelVersion: string, referenceVersion: string}} Dispute
 * @typedef {{fetch?: typeof fetch, timeoutMs?: number}} Transport the edge, replaced in tests
 * @typedef {"away" | "slow" | "not-ready" | "busy" | "too-large" | "old-server" | "key" |
 *   "rejected" | "fault"} ErrorCode
 */

/** From least to most severe; `uncovered` is an answer, not a verdict. @type {readonly Verdict[]} */
export const VERDICTS = ["uncovered", "supported", "overstated", "unsupported", "false"];

/** @type {readonly Topic[]} */
export const TOPICS = ["risks", "regulatory-status", "alternatives", "durability"];

/** Chrome stops a service worker whose fetch takes more than 30 s to answer. */
const CHECK_TIMEOUT_MS = 25_000;
const META_TIMEOUT_MS = 5_000;
/** As the server takes them. */
const MAX_DISPUTE_EVIDENCE = 20;
const MAX_DISPUTED_CHARACTERS = 5_000;
/** A wait the reader can use; a server that says more is as good as away. */
const MAX_RETRY_SECONDS = 3600;

/** A failure the reader can act on: each code is a different action. */
export class ApiError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {{seconds?: number | null, detail?: string, cause?: unknown}} [facts] `seconds`: the
   *   wait the server asked for; `detail`: the server's own words
   */
  constructor(code, { seconds = null, detail = "", cause } = {}) {
    super(detail || code, { cause });
    this.name = "ApiError";
    this.code = code;
    this.seconds = seconds;
    this.detail = detail;
  }
}

/**
 * What the server says of a page's texts. Offsets count UTF-16 code units.
 *
 * @param {{url: string, blocks: SentBlock[]}} page blocks in reading order
 * @param {import("./settings.js").Server} settings
 * @param {Transport} [transport]
 * @returns {Promise<Answer>}
 * @throws {ApiError}
 */
export async function check(page, settings, { fetch = globalThis.fetch, timeoutMs = CHECK_TIMEOUT_MS } = {}) {
  const body = JSON.stringify({ blocks: page.blocks, url: page.url, offset_unit: "utf16" });
  const answer = await request("/api/v1/check", settings, { method: "POST", body }, { fetch, timeoutMs });
  return answerOf(answer);
}

/**
 * The server's versions and its treatments' names: a server that answers this is one of ours.
 *
 * @param {import("./settings.js").Server} settings
 * @param {Transport} [transport]
 * @returns {Promise<{modelVersion: string, referenceVersion: string, interventions: Record<string, string>}>}
 *   empty where unsaid
 * @throws {ApiError}
 */
export async function meta(settings, { fetch = globalThis.fetch, timeoutMs = META_TIMEOUT_MS } = {}) {
  const answer = await request("/api/v1/meta", settings, { method: "GET" }, { fetch, timeoutMs });
  if (!isRecord(answer)) throw new ApiError("old-server", { detail: "meta is no JSON object" });
  const named = isRecord(answer.interventions) ? Object.entries(answer.interventions) : [];
  return {
    ...versionsOf(isRecord(answer.versions) ? { ...answer.versions, ...answer } : answer),
    interventions: Object.fromEntries(named.map(([id, name]) => [id, string(name)])),
  };
}

/**
 * An evidence statement with its sources.
 *
 * @param {string} id
 * @param {import("./settings.js").Server} settings
 * @param {Transport} [transport]
 * @returns {Promise<Evidence>}
 * @throws {ApiError}
 */
export async function evidence(id, settings, { fetch = globalThis.fetch, timeoutMs = META_TIMEOUT_MS } = {}) {
  const answer = await request(`/api/v1/evidence/${encodeURIComponent(id)}`, settings, { method: "GET" }, { fetch, timeoutMs });
  if (!isRecord(answer)) throw new ApiError("old-server", { detail: "evidence is no JSON object" });
  return evidenceOf(answer);
}

/**
 * Tells the server that a reader doubts a verdict.
 *
 * @param {Dispute} dispute
 * @param {import("./settings.js").Server} settings
 * @param {Transport} [transport]
 * @throws {ApiError}
 */
export async function sendDispute(dispute, settings, { fetch = globalThis.fetch, timeoutMs = META_TIMEOUT_MS } = {}) {
  const body = JSON.stringify({
    claim: dispute.claim.slice(0, MAX_DISPUTED_CHARACTERS),
    verdict: dispute.verdict,
    comment: dispute.comment.slice(0, MAX_DISPUTED_CHARACTERS),
    evidence_ids: dispute.evidenceIds.slice(0, MAX_DISPUTE_EVIDENCE),
    url: dispute.url || null,
    model_version: dispute.modelVersion || null,
    reference_version: dispute.referenceVersion || null,
  });
  await request("/api/v1/feedback", settings, { method: "POST", body }, { fetch, timeoutMs });
}

/**
 * @param {string} path
 * @param {import("./settings.js").Server} settings
 * @param {RequestInit} init
 * @param {Required<Transport>} transport
 * @returns {Promise<unknown>} the JSON of a good answer
 */
async function request(path, { serverAddress, apiKey }, init, { fetch, timeoutMs }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json, application/problem+json" };
  if (init.body) headers["Content-Type"] = "application/json";
  if (apiKey) headers.Authorization = `Bearer ${apiKey}`;
  let response;
  let body;
  try {
    response = await fetch(serverAddress + path, {
      ...init,
      headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "error", // page texts and the key go to the address the reader chose, nowhere else
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await response.text();
  } catch (cause) {
    const timedOut = cause instanceof Error && cause.name === "TimeoutError";
    throw new ApiError(timedOut ? "slow" : "away", { cause });
  }
  const json = parsed(body);
  if (!response.ok) throw errorOf(response, json);
  if (json === undefined) throw new ApiError("old-server", { detail: `${path} answered no JSON` });
  return json;
}

/** @param {Response} response @param {unknown} problem an RFC 9457 object, when the server sent one */
function errorOf(response, problem) {
  const said = isRecord(problem) ? problem : {};
  const detail = string(said.detail) || string(said.title) || `HTTP ${response.status}`;
  const seconds = retrySecondsOf(response.headers.get("Retry-After"), Date.now());
  return new ApiError(codeOf(response.status), { detail, seconds });
}

/** @param {number} status @returns {ErrorCode} */
function codeOf(status) {
  switch (status) {
    case 401:
    case 403:
      return "key";
    case 404:
    case 405:
      return "old-server";
    case 413:
      return "too-large";
    case 429:
      return "busy";
    case 503:
      return "not-ready";
    case 502:
    case 504:
      return "away"; // a proxy answers in the server's place
    default:
      return status < 500 ? "rejected" : "fault";
  }
}

/**
 * Whole seconds to wait by a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3).
 *
 * @param {string | null} header
 * @param {number} now milliseconds since the epoch
 * @returns {number | null} null when unsaid or unreadable
 */
export function retrySecondsOf(header, now) {
  const value = header?.trim() ?? "";
  if (!value) return null;
  const isDate = /^[A-Z][a-z]{2}/.test(value); // Date.parse would make a date of "-5" too
  const seconds = isDate ? Math.ceil((Date.parse(value) - now) / 1000) : /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isFinite(seconds)) return null;
  return Math.min(Math.max(seconds, 1), MAX_RETRY_SECONDS);
}

/**
 * Our form of the server's answer. What the card shows is checked here, once.
 *
 * @param {unknown} json
 * @returns {Answer}
 * @throws {ApiError} `old-server`: not an answer of version 1
 */
export function answerOf(json) {
  if (!isRecord(json) || !Array.isArray(json.claims)) {
    throw new ApiError("old-server", { detail: "the answer has no list of claims" });
  }
  return { claims: json.claims.map(claimOf), omissions: omissionsOf(json.omissions), ...versionsOf(json) };
}

/** @param {unknown} json @param {number} index @returns {Claim} */
function claimOf(json, index) {
  const claim = isRecord(json) ? json : {};
  const { block, start, end, text, confidence } = claim;
  const verdict = VERDICTS.find((known) => known === claim.verdict);
  if (typeof block !== "string" || typeof text !== "string" || !isOffset(start) || !isOffset(end) || !verdict) {
    throw new ApiError("old-server", { detail: `claim ${index} of the answer is not in the form of version 1` });
  }
  return {
    block,
    start,
    end,
    text,
    verdict,
    confidence: isShare(confidence) ? confidence : null,
    reasons: records(claim.reasons).map((reason) => ({
      code: string(reason.code),
      start: isOffset(reason.start) ? reason.start : null,
      end: isOffset(reason.end) ? reason.end : null,
    })),
    evidence: records(claim.evidence).map(evidenceOf),
    parts: records(claim.parts).flatMap(partOf),
    precedents: records(claim.precedents).flatMap((one) => string(one.text) || []),
  };
}

/** Nothing where the answer on it is unknown to us. @param {Record<string, unknown>} json @returns {Part[]} */
function partOf({ text, verdict, confidence, evidence }) {
  const known = VERDICTS.find((candidate) => candidate === verdict);
  if (typeof text !== "string" || !known) return [];
  return [{ text, verdict: known, confidence: isShare(confidence) ? confidence : null, evidence: records(evidence).map(evidenceOf) }];
}

/** @param {Record<string, unknown>} json @returns {Evidence} */
function evidenceOf(json) {
  return {
    id: string(json.id),
    statement: string(json.statement),
    certainty: string(json.certainty),
    relation: string(json.relation),
    sources: records(json.sources).map((source) => ({
      title: string(source.title),
      publisher: string(source.publisher),
      year: string(source.year),
      url: string(source.url),
      identifier: string(source.identifier),
    })),
  };
}

/** Topics we do not know are left out. @param {unknown} json @returns {Omission[] | null} */
function omissionsOf(json) {
  if (!Array.isArray(json)) return null;
  return records(json).flatMap(({ intervention, topic, evidence: ids }) => {
    const known = TOPICS.find((candidate) => candidate === topic);
    const named = Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
    return known && typeof intervention === "string" ? [{ intervention, topic: known, evidence: named }] : [];
  });
}

/** @param {Record<string, unknown>} json */
function versionsOf(json) {
  return { modelVersion: string(json.model_version), referenceVersion: string(json.reference_version) };
}

/** @param {string} body @returns {unknown} undefined when it is no JSON */
function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function records(value) {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** @param {unknown} value @returns {value is number} */
function isOffset(value) {
  return Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
}

/** @param {unknown} value @returns {value is number} */
function isShare(value) {
  return typeof value === "number" && value >= 0 && value <= 1;
}

/** @param {unknown} value */
function string(value) {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
