/**
 * What is looked up in a shared cache. The text of the function alone is part of the key: what reading all that it leads to
 * costs is a measurement of its own, and here that would be the package itself, which is not installed but built.
 */
import { cacheable } from "scalable";

export const small = cacheable({ name: "small", code: "function", args: { x: Number } }, function small(x: number) {
  return { scenario: x, demandMw: x * 1.5 };
});

/** Answers when its body began, in milliseconds since 1970. */
export const absent = cacheable({ name: "absent", code: "function", args: { x: Number } }, function absent(x: number) {
  if (x < 0) throw new RangeError("There is no such call.");
  return performance.timeOrigin + performance.now();
});

const VALUES = 12_500_000;

/** 100 MB that nothing compresses. */
export const noise = cacheable(
  { name: "noise", code: "function", args: { seed: Number } },
  function noise(seed: number) {
    const values = new Float64Array(VALUES);
    let state = seed + 1;
    const words = new Uint32Array(values.buffer);
    for (let i = 0; i < words.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
    return values;
  },
);

/** 100 MB like the readings of a meter: numbers of a few digits, of which half of the space is left when compressed. */
export const readings = cacheable(
  { name: "readings", code: "function", args: { seed: Number } },
  function readings(seed: number) {
    const values = new Float64Array(VALUES);
    let state = seed + 1;
    for (let i = 0; i < VALUES; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      values[i] = (state % 100_000) / 100;
    }
    return values;
  },
);
