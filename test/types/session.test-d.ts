import { expectTypeOf } from "expect-type";
import { asCompleted, type Client, cacheable, type Future, ScalableSession } from "scalable";
import { test } from "vitest";

declare const client: Client;

function add(a: number, b = 1): number {
  return a + b;
}
const simulate = cacheable(async function simulate(scenario: number) {
  return { scenario, demandMw: scenario * 1.5 };
});
function total(results: readonly { demandMw: number }[]): number {
  return results.reduce((sum, { demandMw }) => sum + demandMw, 0);
}

test("a session gives a client", async () => {
  const session = await ScalableSession.fromYaml("scalable.yaml", { target: "local" });
  expectTypeOf(session.start()).toEqualTypeOf<Client>();
  expectTypeOf(session.plan().manifest_lock).toEqualTypeOf<string>();
  expectTypeOf(session.close()).toEqualTypeOf<Promise<void>>();
});

test("parameters and results are those of the function", async () => {
  expectTypeOf(client.submit(add, [1, 2])).toEqualTypeOf<Future<number>>();
  expectTypeOf(client.submit(add, [1])).toEqualTypeOf<Future<number>>();
  expectTypeOf(client.submit(simulate, [1])).toEqualTypeOf<Future<{ scenario: number; demandMw: number }>>();
  expectTypeOf(await client.submit(simulate, [1])).toEqualTypeOf<{ scenario: number; demandMw: number }>();
  expectTypeOf(client.map(simulate, [1, 2])).toEqualTypeOf<Future<{ scenario: number; demandMw: number }>[]>();
  // @ts-expect-error: the first parameter is a number
  client.submit(add, ["1"]);
  // @ts-expect-error: arguments come as an array
  client.submit(add, 1);
  // @ts-expect-error: no such option
  client.submit(add, [1], { component: "model" });
});

test("a future stands for its result", () => {
  const one = client.submit(add, [1]);
  expectTypeOf(client.submit(add, [one, 2])).toEqualTypeOf<Future<number>>();
  expectTypeOf(client.submit(total, [client.map(simulate, [1, 2])])).toEqualTypeOf<Future<number>>();
  // @ts-expect-error: the result of simulate is no number
  client.submit(add, [client.submit(simulate, [1])]);
});

test("what gather and asCompleted give", async () => {
  const futures = client.map(simulate, [1, 2]);
  expectTypeOf(await client.gather(futures)).toEqualTypeOf<{ scenario: number; demandMw: number }[]>();
  expectTypeOf(await client.gather(futures, { onError: "collect" })).toEqualTypeOf<
    PromiseSettledResult<{ scenario: number; demandMw: number }>[]
  >();
  for await (const { future, ...end } of asCompleted(futures)) {
    expectTypeOf(future).toEqualTypeOf<Future<{ scenario: number; demandMw: number }>>();
    if (end.status === "fulfilled") expectTypeOf(end.value).toEqualTypeOf<{ scenario: number; demandMw: number }>();
  }
});
