/** What is over at once shows none. */
const QUIET_MS = 1_000;
const LIVE_MS = 100;
const LINE_MS = 10_000;

/**
 * One line on standard error that is written over while something goes on; on what is no terminal, a line now and then.
 *
 * @returns what shows a text, and what ends it.
 */
export function liveLine(): { readonly show: (text: () => string) => void; readonly end: () => void } {
  const live = process.stderr.isTTY === true;
  let next = performance.now() + (live ? QUIET_MS : LINE_MS);
  let shown = false;
  return {
    show(text) {
      if (performance.now() < next) return;
      next = performance.now() + (live ? LIVE_MS : LINE_MS);
      shown = true;
      const line = text();
      const width = process.stderr.columns || 80;
      process.stderr.write(live ? `\r\u001b[K${line.slice(0, width - 1)}` : `scalable: ${line}\n`);
    },
    end() {
      if (live && shown) process.stderr.write("\r\u001b[K");
    },
  };
}
