import type { Bench, Case } from "../case.ts";
import { alternate, type Side } from "../measure.ts";
import type { Answer, Peer } from "../peers.ts";
import { type Gateway, type Place, remoteAt, withGateway } from "../remote/gateway.ts";
import { rowsOf } from "../row.ts";

const AWS = "AWS client";
const AWS_IN_TURN = "AWS client, one after another";
/** Objects that are fetched one after another; that all of them are would take a minute. */
const SAMPLE = 100;

/** Many small results that others have computed. */
export const remoteHits: Case = {
  name: "remote/hits",
  run: (bench) =>
    withGateway(async (gateway) => {
      const n = bench.scaled(1_000);
      const sample = Math.min(n, SAMPLE);
      await fill(bench, gateway, { prefix: "hits", operation: "fill", args: [n] });
      const outcomes = await alternate(
        [
          coldSide(bench, "scalable", { place: gateway.far, prefix: "hits" }, (peer) => peer.ask("map", n)),
          awsSide(bench, AWS, gateway.far, (peer) => peer.ask("get", "hits/v1/entries/", n, 64)),
          awsSide(bench, AWS_IN_TURN, gateway.far, async (peer) => {
            const { seconds } = await peer.ask("get", "hits/v1/entries/", sample, 1);
            return { seconds: (seconds / sample) * n };
          }),
        ],
        { rounds: bench.rounds(5), warmups: 1 },
      );
      const measured =
        `${n} calls whose small results are in a shared cache on S3, 50 ms away, and not in the local one: from the ` +
        "beginning of `client.map` in a process whose session has just begun to the last result, each checked and kept. ";
      return rowsOf(outcomes, [
        {
          name: "remote hits",
          measured: `${measured}The peer gets the same objects, ${sample} of them, and the time is extrapolated.`,
          peer: AWS_IN_TURN,
          target: { kind: "seconds", atMost: 2.5 },
        },
        {
          name: "remote hits",
          measured: `${measured}The peer, which is loaded and connected, gets the same objects, 64 at once.`,
          peer: AWS,
          target: { kind: "none" },
        },
      ]);
    }),
};

/** Many calls that nobody has computed. */
export const remoteMisses: Case = {
  name: "remote/misses",
  run: (bench) =>
    withGateway(async (gateway) => {
      const n = bench.scaled(10_000);
      const many = bench.scaled(20_000);
      const strangers = await bench.start("aws-client.ts");
      await strangers.ask("open", gateway.near);
      await strangers.ask("strangers", "few/v1/entries/absent/", 300);
      await strangers.ask("strangers", "many/v1/entries/absent/", many);
      const side = (name: string, prefix: string | undefined): Side =>
        coldSide(bench, name, { place: gateway.far, prefix, options: "&mode=read" }, (peer) => peer.ask("misses", n));
      const local = "local cache alone";
      const outcomes = await alternate([side("few", "few"), side("many", "many"), side(local, undefined)], {
        rounds: bench.rounds(3),
        warmups: 1,
      });
      const measured = (entries: number): string =>
        `${n} calls that are nowhere: from the beginning of \`client.map\` in a process whose session has just begun ` +
        `until the first body begins. The shared cache has ${entries} other results of the function.`;
      const target = { kind: "seconds", atMost: 2 } as const;
      return rowsOf(outcomes, [
        { name: "remote misses, few entries", measured: measured(300), ourSide: "few", peer: local, target },
        { name: "remote misses, many entries", measured: measured(many), ourSide: "many", peer: local, target },
      ]);
    }),
};

/** One large result. */
export const remoteLarge: Case = {
  name: "remote/large",
  run: (bench) =>
    withGateway(async (gateway) => {
      const of = async (what: "noise" | "readings") => {
        await fill(bench, gateway, { prefix: what, operation: "fillLarge", args: [what, 1] });
        const ours: Side = {
          name: "scalable",
          async prepare() {
            const peer = await open(bench, { place: gateway.far, prefix: what, options: "&mode=read" });
            return async () => (await peer.ask("large", what, 1)).seconds;
          },
        };
        const plain = (name: string, how: string): Side =>
          awsSide(bench, name, gateway.far, (peer) => peer.ask("largest", `${what}/v1/blobs/`, how));
        return alternate([ours, plain(AWS, "as it is"), plain(DECOMPRESSED, "decompressed")], {
          rounds: bench.rounds(9),
          warmups: 2,
        });
      };
      const noise = await of("noise");
      const readings = await of("readings");
      const measured = (how: string): string =>
        `A call whose result is an array of 100 MB${how}, in a shared cache on S3, 50 ms away: fetched, checked, kept in the ` +
        "local cache and decoded. Client and connections are there. The peer gets the same object into memory";
      return [
        ...rowsOf(noise, [
          {
            name: "remote hit of 100 MB",
            measured: `${measured("")}.`,
            peer: AWS,
            target: { kind: "ratio", atMost: 1.3 },
          },
        ]),
        ...rowsOf(readings, [
          {
            name: "remote hit of 100 MB, compressed",
            measured: `${measured(" that was compressed")}, and decompresses it.`,
            peer: DECOMPRESSED,
            target: { kind: "ratio", atMost: 1.3 },
          },
          {
            name: "remote hit of 100 MB, compressed",
            measured: `${measured(" that was compressed")} as it is.`,
            peer: AWS,
            target: { kind: "none" },
          },
        ]),
      ];
    }),
};

const DECOMPRESSED = "AWS client and zstd";

/** A shared cache that hangs. */
export const remoteHang: Case = {
  name: "remote/hang",
  run: (bench) =>
    withGateway(async ({ dead }) => {
      const side = (name: string, prefix: string | undefined): Side =>
        coldSide(bench, name, { place: dead, prefix }, async (peer) => {
          const { all } = await peer.ask("misses", 100);
          return { seconds: Number(all) };
        });
      const local = "local cache alone";
      const outcomes = await alternate([side("scalable", "hang"), side(local, undefined)], {
        rounds: bench.rounds(3),
        warmups: 0,
      });
      return rowsOf(outcomes, [
        {
          name: "remote hangs",
          measured:
            "100 calls through a session that has just begun, with a shared cache that accepts connections and never " +
            "answers; the whole run.",
          peer: local,
          target: { kind: "difference", atMost: 10 },
        },
      ]);
    }),
};

/** What a shared cache costs those calls that do not need it. */
export const remoteLocal: Case = {
  name: "remote/local",
  run: (bench) =>
    withGateway(async (gateway) => {
      const n = bench.scaled(20_000);
      const side = (name: string, prefix: string | undefined): Side => ({
        name,
        async prepare() {
          const peer = await open(bench, { place: gateway.near, prefix });
          return async () => (await peer.ask("localHits", n, 100)).seconds;
        },
      });
      const local = "local cache alone";
      const outcomes = await alternate([side("scalable", "local"), side(local, undefined)], {
        rounds: bench.rounds(21),
        warmups: 2,
      });
      return rowsOf(outcomes, [
        {
          name: "local hit beside a remote",
          measured: `Hits of the local cache where a shared one is configured, one after another; ${n} calls a round.`,
          peer: local,
          target: { kind: "ratio", atMost: 1.05 },
        },
      ]);
    }),
};

/** Where a side looks: no shared cache where there is no prefix. */
interface Shared {
  readonly place: Place;
  readonly prefix: string | undefined;
  readonly options?: string;
}

async function open(bench: Bench, { place, prefix, options }: Shared): Promise<Peer> {
  const peer = await bench.start("scalable-remote.ts");
  const remote = prefix === undefined ? {} : { SCALABLE_CACHE_REMOTE: remoteAt(place, prefix, options) };
  await peer.ask("open", bench.folder("scalable"), { ...place.env, ...remote });
  return peer;
}

/** A side that is a new process each round, with an empty local cache. */
function coldSide(bench: Bench, name: string, shared: Shared, measure: (peer: Peer) => Promise<Answer>): Side {
  return {
    name,
    async prepare() {
      return async () => {
        const peer = await open(bench, shared);
        const { seconds } = await measure(peer);
        await peer.ask("close");
        await peer.stop();
        return seconds;
      };
    },
  };
}

function awsSide(
  bench: Bench,
  name: string,
  place: Place,
  measure: (peer: Peer) => Promise<Pick<Answer, "seconds">>,
): Side {
  return {
    name,
    async prepare() {
      const peer = await bench.start("aws-client.ts");
      await peer.ask("open", place);
      return async () => (await measure(peer)).seconds;
    },
  };
}

interface Filling {
  readonly prefix: string;
  readonly operation: string;
  readonly args: readonly unknown[];
}

/** Stores results as another machine would. */
async function fill(bench: Bench, { near }: Gateway, { prefix, operation, args }: Filling): Promise<void> {
  const peer = await open(bench, { place: near, prefix, options: "&mode=write" });
  const { left } = await peer.ask(operation, ...args);
  if (left !== 0) throw new Error(`${left} results were not uploaded`);
  await peer.ask("close");
  await peer.stop();
}
