import type { Bench, Case } from "../case.ts";
import { alternate, type Side } from "../measure.ts";
import { rowsOf } from "../row.ts";

export const million: Case = {
  name: "million",
  async run(bench) {
    const many = bench.scaled(1_000_000);
    const few = 1000;
    const notes: string[] = [];
    const outcomes = await alternate([store(bench, many, notes), store(bench, few, notes)], {
      rounds: bench.rounds(21),
      warmups: 2,
    });
    return rowsOf(outcomes, [
      {
        name: "hit among a million",
        measured:
          `Hits at pseudo-random places of a store of ${many} calls, against the same number of hits at pseudo-random ` +
          `places of a store of ${few}, both ours.`,
        ourSide: sideName(many),
        peer: sideName(few),
        target: { kind: "ratio", atMost: 1.5 },
        notes,
      },
    ]);
  },
};

const sideName = (entries: number) => `${entries} entries`;

function store(bench: Bench, entries: number, notes: string[]): Side {
  return {
    name: sideName(entries),
    async prepare() {
      const peer = await bench.start("scalable-calls.ts");
      await peer.ask("open", bench.folder(`entries-${entries}`));
      bench.log(`building a store of ${entries} entries`);
      const { seconds } = await peer.ask("miss", 0, entries);
      notes.push(`Building the store of ${entries} entries took ${(seconds * entries).toFixed(1)} s.`);
      return async (round) => (await peer.ask("scatter", entries, 5000, round + 100)).seconds;
    },
  };
}
