import type { Bench } from "./case.ts";
import type { Side } from "./measure.ts";
import type { PeerName } from "./packages.ts";
import type { Answer, Peer } from "./peers.ts";

/** Which program of bench/peers/ measures a side, and what it opens before the first round. */
export interface StoreSide {
  readonly name: string;
  readonly program: string;
  readonly needs?: readonly PeerName[];
  /** Folder of its store; a new one where none is given. */
  readonly store?: string;
}

/** A side that is one process with one store, kept over all rounds. */
export function storeSide(
  bench: Bench,
  side: StoreSide,
  measure: (peer: Peer, round: number) => Promise<Answer>,
): Side {
  return {
    name: side.name,
    async prepare() {
      const peer = await bench.start(side.program, ...(side.needs ?? []));
      await peer.ask("open", side.store ?? bench.folder(side.program));
      return async (round) => (await measure(peer, round)).seconds;
    },
  };
}
