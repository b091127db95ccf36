// Elements of our own, made without markup: foreign text enters them as text only.

/**
 * @param {string} tag @param {string} className @param {string} [content]
 * @returns {HTMLElement}
 */
export function element(tag, className, content = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = content;
  return made;
}

/** @param {string} className @param {string} label @param {() => void} onClick */
export function button(className, label, onClick) {
  const made = /** @type {HTMLButtonElement} */ (element("button", className, label));
  made.type = "button";
  made.addEventListener("click", (event) => {
    if (event.isTrusted) onClick(); // only a reader's own click counts
  });
  return made;
}

/** @param {string} className @param {HTMLElement[]} items */
export function listOf(className, items) {
  const list = element("ul", className);
  list.append(...items);
  return list;
}

/** A link to a source, or its name where the address is none to follow. @param {import("./api.js").Source} source */
export function sourceOf({ title, publisher, year, url, identifier }) {
  const item = element("li", "");
  const name = title || identifier || url;
  if (isWebAddress(url)) {
    const link = /** @type {HTMLAnchorElement} */ (element("a", "", name));
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    item.append(link);
  } else {
    item.append(name);
  }
  const where = [publisher, year].filter(Boolean).join(", ");
  if (where) item.append(element("span", "where", ` ${where}`));
  return item;
}

/** Only these may become links: a `javascript:` address would run in the page. @param {string} url */
function isWebAddress(url) {
  return URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol);
}
