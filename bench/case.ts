import type { PeerName } from "./packages.ts";
import type { Peer } from "./peers.ts";
import type { Row } from "./row.ts";

/** A group of rows that share their sides and their data. `--only` selects by its name. */
export interface Case {
  readonly name: string;
  run(bench: Bench): Promise<Row[]>;
}

/** What the runner lends a case. Processes are stopped and folders removed when the case ends, however it ends. */
export interface Bench {
  /** Number of rounds: as asked for, or fewer with `--quick`. */
  rounds(full: number): number;
  /** Size of something that takes long to build: as asked for, or a tenth of it with `--quick`. */
  scaled(full: number): number;
  /** A new empty folder. */
  folder(name: string): string;
  /** Starts `bench/peers/<program>`. Throws `NotMeasured` where one of the peers that it needs is missing. */
  start(program: string, ...needs: readonly PeerName[]): Promise<Peer>;
  /** Throws `NotMeasured` where one of these peers is missing. */
  require(...needs: readonly PeerName[]): void;
  log(line: string): void;
}
