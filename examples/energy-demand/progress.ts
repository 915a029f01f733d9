/** One line on a terminal that is overwritten as work goes on; silent where the stream is no terminal. */
export interface Progress {
  show(text: string): void;
  clear(): void;
}

const ERASE = "\r\u001b[K";

export function progressOn(stream: NodeJS.WriteStream): Progress {
  return {
    show(text) {
      // A line that wraps could not be erased again.
      if (stream.isTTY) stream.write(ERASE + text.slice(0, (stream.columns || 80) - 1));
    },
    clear() {
      if (stream.isTTY) stream.write(ERASE);
    },
  };
}
