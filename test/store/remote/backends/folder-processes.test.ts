import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { workspace } from "../../../rig/workspace.ts";
import { filesIn, OPEN_FOLDER, openStore, operation, sharedFolder } from "./folder-rig.ts";

const PRELUDE = `
import { createHash, randomBytes } from "node:crypto";
import { openFolder } from ${JSON.stringify(OPEN_FOLDER)};
const [folder, ...args] = process.argv.slice(2);
const store = await openFolder({ scheme: "file", url: "file://" + folder, folder });
const operation = { signal: new AbortController().signal, progress() {} };
`;

/** Objects that say themselves whether they are complete: the digest of what follows it. */
const WRITER = `${PRELUDE}
console.log("ready");
for (;;) {
  const body = randomBytes(1 + Math.floor(Math.random() * 500_000));
  const content = Buffer.concat([createHash("sha256").update(body).digest(), body]);
  const name = "v1/entries/f/" + Math.floor(Math.random() * 8);
  const when = Math.random() < 0.5 ? "always" : "absent";
  await store.put(name, content, { when, operation });
  if (Math.random() < 0.2) await store.delete([name], operation);
}
`;

function isComplete(content: Uint8Array): boolean {
  const digest = createHash("sha256").update(content.subarray(32)).digest();
  return content.length > 32 && digest.equals(content.subarray(0, 32));
}

test("no reader ever sees half of an object while its writers are killed", async () => {
  const ws = await workspace();
  const folder = sharedFolder(ws);
  await ws.write("writer.mjs", WRITER);
  const start = (): ReturnType<typeof ws.start> => ws.start("writer.mjs", { args: [folder] });
  const store = await openStore(folder);
  let [seen, missing, killing] = [0, 0, true];
  const reading = (async (): Promise<void> => {
    while (killing) {
      for (let i = 0; i < 8; i += 1) {
        const content = await store.get(`v1/entries/f/${i}`, 1_000_000, operation());
        if (content === undefined) missing += 1;
        else if (isComplete(content)) seen += 1;
        else throw new Error(`Half of an object was seen: ${content.length} bytes.`);
      }
    }
  })();
  reading.catch(() => undefined);

  for (let round = 0; round < 12; round += 1) {
    const writer = await start();
    // The instant of the kill is drawn by lot; this waits for nothing.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    process.kill(writer.pid, "SIGKILL");
    await writer.finished;
  }
  killing = false;
  await reading;

  console.log(`${seen} complete objects were read, ${missing} times there was none`);
  expect(seen).toBeGreaterThan(20);
  const left = fs.readdirSync(path.join(folder, "tmp"));
  console.log(`${left.length} files of killed writers`);
  const host = os.hostname().replaceAll(/[^A-Za-z0-9]/g, "-");
  for (const name of left) expect(name).toMatch(new RegExp(`^${host}\\.\\d+\\.[0-9a-f]{16}\\.tmp$`));
});

/** How a claim is taken on file systems without hard links: of a name that was staged before. */
const CLAIM = path.join(path.dirname(OPEN_FOLDER), "claim.ts");
const JOB = path.join(path.dirname(OPEN_FOLDER), "job.ts");

const CREATORS = {
  "by a hard link": `${PRELUDE}
const create = (name, content) => store.put(name, content, { when: "absent", operation });
`,
  "by a claim": `${PRELUDE}
import fs from "node:fs";
import { renameClaimed } from ${JSON.stringify(CLAIM)};
import { Job } from ${JSON.stringify(JOB)};
const create = (name, content) => {
  const staged = folder + "/tmp/" + process.pid + "-" + name;
  fs.mkdirSync(folder + "/tmp", { recursive: true });
  fs.writeFileSync(staged, content);
  return Job.run(operation, (error) => error, (job) =>
    renameClaimed(staged, folder + "/" + name, { claims: folder + "/tmp", job }));
};
`,
};

const RACE = `
console.log("ready");
await new Promise((resolve) => process.stdin.once("data", resolve));
const won = [];
for (let round = 0; round < 20; round += 1) {
  const content = Buffer.alloc(10_000, String.fromCharCode(65 + Number(args[0])));
  if (await create("race-" + round, content) === "stored") won.push(round);
}
console.log(JSON.stringify(won));
process.exit();
`;

test.for(Object.entries(CREATORS))(
  "of 16 processes that create one object %s, one does",
  { timeout: 180_000 },
  async ([, creator]) => {
    const ws = await workspace();
    const folder = sharedFolder(ws);
    await ws.write("race.mjs", creator + RACE);
    const racers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => ws.start("race.mjs", { args: [folder, String(i)] })),
    );
    for (const racer of racers) racer.send("go\n");
    const finished = await Promise.all(racers.map((racer) => racer.finished));

    const winners = new Map<number, number>();
    for (const [i, { stdout, stderr }] of finished.entries()) {
      const last = stdout.trim().split("\n").at(-1);
      if (last?.startsWith("[") !== true) throw new Error(stdout + stderr);
      for (const round of JSON.parse(last) as number[]) {
        expect(winners.has(round)).toBe(false);
        winners.set(round, i);
      }
    }
    expect(winners.size).toBe(20);
    for (const [round, i] of winners) {
      const content = fs.readFileSync(path.join(folder, `race-${round}`), "latin1");
      expect(content).toBe(String.fromCharCode(65 + i).repeat(10_000));
    }
    expect(filesIn(folder).filter((file) => file.endsWith(".claim"))).toEqual([]);
  },
);
