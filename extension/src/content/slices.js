// Long work in short pieces, so that the page scrolls and answers meanwhile.

/** Half a frame at 60 Hz: the other half is the page's. */
export const SLICE_MS = 8;

/**
 * Runs a generator to its end, a slice in each frame.
 *
 * @template T
 * @param {Generator<void, T>} work
 * @param {() => boolean} isWanted asked before each slice
 * @returns {Promise<{done: true, value: T} | {done: false}>} not done when no longer wanted
 */
export async function inSlices(work, isWanted) {
  for (;;) {
    if (!isWanted()) return { done: false };
    const until = performance.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done) return { done: true, value: step.value };
    } while (performance.now() < until);
    await nextFrame();
  }
}

/** A tab in the background draws no frames, yet is read to its end. */
function nextFrame() {
  return new Promise((resolve) => {
    if (document.hidden) setTimeout(resolve);
    else requestAnimationFrame(() => setTimeout(resolve)); // after the frame is drawn, not before
  });
}
