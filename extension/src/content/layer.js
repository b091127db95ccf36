// What we show in the page lives in a closed shadow root beside the page's body: page styles do not
// reach in, ours do not leak out, and no node of the page is touched.

/**
 * @param {string} name of the host element; a hyphenated one of our own
 * @param {string} styles
 * @returns {{host: HTMLElement, shadow: ShadowRoot, root: HTMLElement, remove: () => void}} `root`:
 *   where content goes
 */
export function attachLayer(name, styles) {
  const host = document.createElement(name);
  const shadow = host.attachShadow({ mode: "closed" });
  const root = document.createElement("div");
  try {
    adoptStyles(shadow, styles);
  } catch {
    // Older Firefox keeps adopted sheets from content scripts: https://bugzil.la/1751346
    const element = document.createElement("style");
    element.textContent = styles;
    shadow.append(element);
  }
  shadow.append(root);
  document.documentElement.append(host);
  return { host, shadow, root, remove: () => host.remove() };
}

/**
 * Adds a stylesheet that no content security policy of the page can refuse.
 *
 * @param {Document | ShadowRoot} scope
 * @param {string} styles
 * @returns {() => void} takes it off again
 */
export function adoptStyles(scope, styles) {
  // A sheet serves only the document whose window made it.
  const view = (scope.nodeType === Node.DOCUMENT_NODE ? /** @type {Document} */ (scope) : scope.ownerDocument)?.defaultView ?? window;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(styles);
  scope.adoptedStyleSheets = [...scope.adoptedStyleSheets, sheet];
  return () => {
    scope.adoptedStyleSheets = scope.adoptedStyleSheets.filter((adopted) => adopted !== sheet);
  };
}
