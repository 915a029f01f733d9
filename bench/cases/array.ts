import type { Bench, Case } from "../case.ts";
import { flushDisk } from "../fixtures.ts";
import { alternate, type Round, type Side } from "../measure.ts";
import type { PeerName } from "../packages.ts";
import type { Peer } from "../peers.ts";
import { rowsOf } from "../row.ts";

const warmups = 1;

export const array: Case = {
  name: "array",
  async run(bench) {
    const ours = arrays(bench, "scalable", "scalable-arrays.ts");
    const theirs = arrays(bench, "joblib.Memory", "joblib_peer.py", "joblib", "numpy");
    const options = { rounds: bench.rounds(9), warmups, settle: flushDisk };
    const stores = await alternate([ours.store, theirs.store], options);
    const loads = await alternate([ours.load, theirs.load], options);
    return [
      ...rowsOf(stores, [
        {
          name: "array, store",
          measured:
            "A call that is not stored and answers 10,000,000 doubles (80 MB); the time of its body, taken " +
            "within the call, is subtracted. Each side stores as it does by default; disks are flushed between rounds.",
          peer: "joblib.Memory",
          target: { kind: "ratio", atMost: 1 },
        },
      ]),
      ...rowsOf(loads, [
        {
          name: "array, load",
          measured:
            "The same calls once they are stored, from the page cache. Ours checks the digest of what it reads.",
          peer: "joblib.Memory",
          target: { kind: "ratio", atMost: 1 },
        },
      ]),
    ];
  },
};

/** Storing and loading share one process and one store: a load reads what the round of the same number stored. */
function arrays(bench: Bench, name: string, program: string, ...needs: readonly PeerName[]) {
  let started: Promise<Peer> | undefined;
  const start = async (): Promise<Peer> => {
    const peer = await bench.start(program, ...needs);
    await peer.ask("open", bench.folder(name));
    return peer;
  };
  const peer = () => {
    started ??= start();
    return started;
  };
  const call = async (round: number) => {
    const seed = round + warmups;
    const answer = await (await peer()).ask("call", seed);
    const last = 9_999_999 * (1 + seed);
    if (answer["length"] !== 10_000_000 || answer["last"] !== last) throw new Error(`wrong array for seed ${seed}`);
    return answer;
  };
  const store = async (round: number) => {
    const { seconds, body } = await call(round);
    if (typeof body !== "number") throw new Error("a call that was to be stored was answered from the store");
    return seconds - body;
  };
  const load = async (round: number) => {
    const { seconds, body } = await call(round);
    if (typeof body === "number") throw new Error("a stored call was computed again");
    return seconds;
  };
  const side = (round: Round): Side => ({
    name,
    async prepare() {
      await peer();
      return round;
    },
  });
  return { store: side(store), load: side(load) };
}
