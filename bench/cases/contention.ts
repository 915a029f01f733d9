import type { Bench, Case } from "../case.ts";
import { alternate, type Side, timed } from "../measure.ts";
import { rowsOf } from "../row.ts";
import type { StoreSide } from "../side.ts";

const workers = 8;
/** Entries that all processes read. */
const shared = 1000;

export const contention: Case = {
  name: "contention",
  async run(bench) {
    const n = bench.scaled(1000);
    const outcomes = await alternate(
      [
        crowd(bench, n, { name: "scalable", program: "scalable-calls.ts" }),
        crowd(bench, n, { name: "diskcache", program: "diskcache_peer.py", needs: ["diskcache"] }),
      ],
      { rounds: bench.rounds(9), warmups: 1 },
    );
    const all = [...outcomes.values()].every(({ state }) => state === "measured");
    return rowsOf(outcomes, [
      {
        name: "8 processes",
        measured:
          `${workers} processes on one store, each with ${n} operations, reads (get) and writes (set) of small records ` +
          "in turn, all started at once; from the first request to the last answer, per operation. Each read value is " +
          "compared, and after each round one process reads back each written one.",
        peer: "diskcache",
        target: { kind: "throughput", atLeast: 1 },
        notes: all ? ["No error, no wrong value and no lost write on either side."] : [],
      },
    ]);
  },
};

function crowd(bench: Bench, n: number, { name, program, needs = [] }: StoreSide): Side {
  return {
    name,
    async prepare() {
      const store = bench.folder(name);
      const peers = await Promise.all(Array.from({ length: workers }, () => bench.start(program, ...needs)));
      // One after another: creating a store from eight processes at once is a test's subject, not a measurement.
      for (const peer of peers) await peer.ask("open", store);
      await peers[0]?.ask("fill", shared);
      return async (round) => {
        let wrong = 0;
        const seconds = await timed(async () => {
          const answers = await Promise.all(peers.map((peer, i) => peer.ask("mixed", i, round, n, shared)));
          for (const answer of answers) wrong += Number(answer["wrong"]);
        });
        const lost = Number((await peers[0]?.ask("verify", workers, round, n))?.["lost"]);
        if (wrong + lost > 0) throw new Error(`${wrong} wrong values were read, ${lost} writes were lost`);
        return seconds / (workers * n);
      };
    },
  };
}
