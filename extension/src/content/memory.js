// What was sent and what was answered, by the words: no text is sent twice, however often a page
// draws it anew, and a claim that comes back finds its answer here.

/**
 * @typedef {import("../api.js").Claim} Claim
 * @typedef {import("./blocks.js").Block} Block
 * @typedef {{url: string, blocks: import("../api.js").SentBlock[]}} Request
 * @typedef {{request: Request, keys: string[]}} Portion `keys`: of the blocks whose answer is wanted
 */

/** The server reads a million characters at once, but the browser ends a request after 30 seconds. */
export const MAX_PORTION_CHARACTERS = 250_000;
/** The server refuses a whole page for one longer block; prose has none. */
const MAX_BLOCK_CHARACTERS = 100_000;
/** A clock or counter is new text at every tick: after so many that differ in digits alone it is left out. */
const MAX_VARIANTS = 3;

export function createMemory() {
  /** @type {Map<string, Claim[]>} Claims by key; an empty list until the answer is there. */
  const answers = new Map();
  /** @type {Map<string, number>} */
  const variants = new Map();

  /** @param {Block} block */
  function isNew(block) {
    if (block.text.length > MAX_BLOCK_CHARACTERS || answers.has(keyOf(block))) return false;
    return (variants.get(withoutDigits(block.text)) ?? 0) < MAX_VARIANTS;
  }

  return {
    /**
     * What is still to be sent of a page, in portions. Title and headings go along again as context
     * for new blocks below them. What is portioned out counts as sent.
     *
     * @param {readonly Block[]} blocks @param {string} url
     * @returns {Portion[]}
     */
    portionsOf(blocks, url) {
      const fresh = new Map(blocks.filter(isNew).map((block) => [keyOf(block), block]));
      for (const [key, { text }] of fresh) {
        answers.set(key, []);
        variants.set(withoutDigits(text), (variants.get(withoutDigits(text)) ?? 0) + 1);
      }
      return portioned([...fresh.values()], blocks.find(({ kind }) => kind === "title"), url);
    },
    /** @param {Portion} portion @param {readonly Claim[]} claims */
    keep({ request, keys }, claims) {
      const wanted = new Map(request.blocks.map(({ id }, index) => [id, keys[index]]));
      for (const claim of claims) {
        const key = wanted.get(claim.block);
        if (key) answers.get(key)?.push(claim);
      }
    },
    /** An answer that did not come: another check may ask again. @param {Portion} portion */
    forget({ keys }) {
      for (const key of keys) answers.delete(key);
    },
    /** @param {Block} block @returns {readonly Claim[]} */
    claimsOf: (block) => answers.get(keyOf(block)) ?? [],
    /** Whether any answer is kept at all. */
    isEmpty: () => answers.size === 0,
    clear() {
      answers.clear();
      variants.clear();
    },
  };
}

/**
 * Under which a block is remembered: its words, and those of the heading above, which may name what
 * they speak of. Digits of that heading do not count, since some hold a countdown.
 *
 * @param {Block} block
 */
export function keyOf(block) {
  const known = keys.get(block);
  if (known !== undefined) return known;
  const { kind, text, headings } = block;
  const key = `${kind}\n${withoutDigits(headings.at(-1)?.text ?? "")}\n${text}`;
  keys.set(block, key);
  return key;
}

/** Blocks are not changed once they are read. @type {WeakMap<Block, string>} */
const keys = new WeakMap();

/** @param {string} text */
function withoutDigits(text) {
  return text.replace(/\d+/g, "#");
}

/**
 * @param {readonly Block[]} fresh @param {Block | undefined} title @param {string} url
 * @returns {Portion[]}
 */
function portioned(fresh, title, url) {
  /** @type {Portion[]} */
  const portions = [];
  /** @type {Set<Block>} */
  let inside = new Set();
  let characters = 0;
  /** @param {Block} block @param {boolean} isContext */
  const add = (block, isContext) => {
    const { request, keys } = portions[portions.length - 1];
    if (inside.has(block)) return;
    inside.add(block);
    characters += block.text.length;
    request.blocks.push({ id: block.id, kind: block.kind, text: block.text });
    keys.push(isContext ? "" : keyOf(block));
  };
  const isFresh = new Set(fresh);
  for (const block of fresh) {
    if (portions.length === 0 || characters + block.text.length > MAX_PORTION_CHARACTERS) {
      portions.push({ request: { url, blocks: [] }, keys: [] });
      inside = new Set();
      characters = 0;
      if (title) add(title, !isFresh.has(title));
    }
    // A fresh heading comes before what it heads anyway; an old one is repeated.
    for (const heading of block.headings) add(heading, true);
    add(block, false);
  }
  return portions;
}
