import type { Bench, Case } from "../case.ts";
import { alternate, type Outcome } from "../measure.ts";
import { rowsOf } from "../row.ts";
import { type StoreSide, storeSide } from "../side.ts";

/** Hits go round this many stored calls, so that no side answers from a memory of its last call. */
const distinct = 100;

const ours = { name: "scalable", program: "scalable-calls.ts" } satisfies StoreSide;
const diskcache = {
  name: "diskcache.memoize",
  program: "diskcache_peer.py",
  needs: ["diskcache"],
} satisfies StoreSide;
const memoizeFs = { name: "memoize-fs", program: "memoize-fs.ts", needs: ["memoize-fs"] } satisfies StoreSide;

export const hit: Case = {
  name: "hit",
  async run(bench) {
    const n = bench.scaled(5000);
    const store = bench.folder("scalable");
    const outcomes = await alternate(
      [
        storeSide(bench, { ...ours, store }, (peer) => peer.ask("hit", n, distinct)),
        {
          name: "bare SELECT",
          async prepare() {
            const keys = await storedKeys(bench, store);
            const peer = await bench.start("bare-select.ts");
            return async () => (await peer.ask("hit", store, keys, n)).seconds;
          },
        },
        storeSide(bench, diskcache, (peer) => peer.ask("hit", n, distinct)),
        storeSide(bench, memoizeFs, (peer) => peer.ask("hit", n, distinct)),
      ],
      { rounds: bench.rounds(21), warmups: 2 },
    );
    const measured =
      "A call with one number whose result is stored, in a warm process: the call identified, its small record " +
      `read, checked and decoded. ${n} calls a round, over ${distinct} stored ones.`;
    return rowsOf(outcomes, [
      { name: "hit", measured, peer: diskcache.name, target: { kind: "ratio", atMost: 0.8 } },
      {
        name: "hit, against the bare index",
        measured:
          "The same hits, against a prepared SELECT of the same rows of the same index by key and v8.deserialize: " +
          "what all that we do around it costs.",
        peer: "bare SELECT",
        target: { kind: "ratio", atMost: 2 },
      },
      { name: "hit", measured, peer: memoizeFs.name, target: { kind: "none" } },
    ]);
  },
};

async function storedKeys(bench: Bench, store: string): Promise<unknown> {
  const writer = await bench.start(ours.program);
  await writer.ask("open", store);
  await writer.ask("miss", 0, distinct);
  const { keys } = await writer.ask("keys", 0, distinct);
  await writer.stop();
  return keys;
}

export const miss: Case = {
  name: "miss",
  async run(bench) {
    const n = bench.scaled(500);
    const store = bench.folder("scalable");
    const warmups = 2;
    /** Each round takes arguments that no round before it took. */
    const first = (round: number) => (round + warmups) * n;
    const rounds = bench.rounds(21);
    const outcomes = await alternate(
      [
        storeSide(bench, { ...ours, store }, (peer, round) => peer.ask("miss", first(round), n)),
        storeSide(bench, diskcache, (peer, round) => peer.ask("miss", first(round), n)),
        storeSide(bench, memoizeFs, (peer, round) => peer.ask("miss", first(round), n)),
      ],
      { rounds, warmups },
    );
    const notes: string[] = [];
    if (outcomes.get(ours.name)?.state === "measured") {
      const survival = await crash(bench, store, first(rounds), n);
      if (typeof survival === "string") notes.push(survival);
      else outcomes.set(ours.name, survival);
    }
    const measured =
      "A call whose result is not stored: looked up, a trivial body run, its small record stored so that it survives " +
      `a crash of the process. ${n} different calls a round, each awaited before the next.`;
    return rowsOf(outcomes, [
      { name: "miss", measured, peer: diskcache.name, target: { kind: "ratio", atMost: 0.6 }, notes },
      { name: "miss", measured, peer: memoizeFs.name, target: { kind: "none" } },
    ]);
  },
};

/** Stores `n` calls in a process that is killed the moment the last one is answered, and counts what is there. */
async function crash(bench: Bench, store: string, first: number, n: number): Promise<string | Outcome> {
  const victim = await bench.start(ours.program);
  await victim.ask("open", store);
  await victim.ask("miss", first, n);
  await victim.crash();
  const witness = await bench.start(ours.program);
  await witness.ask("open", store);
  const { found } = await witness.ask("survivors", first, n);
  if (found === n) return `Killed with SIGKILL right after its last answer, a process had lost none of ${n} results.`;
  return { state: "failed", reason: `only ${found} of ${n} results survived SIGKILL` };
}
