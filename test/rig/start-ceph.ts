import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Ceph, Keys } from "./ceph.ts";
import { cephConf } from "./ceph-conf.ts";
import { freePorts } from "./free-ports.ts";
import { installCeph } from "./install-ceph.ts";
import { KeptProcess } from "./kept-process.ts";
import type { Started } from "./on-demand.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

const ATTEMPTS = 3;

const OWNER: Keys = { accessKeyId: "OWNERKEY", secretAccessKey: "ownersecret" };
const STRANGER: Keys = { accessKeyId: "STRANGERKEY", secretAccessKey: "strangersecret" };

/** Installs Ceph where it has to, and starts a monitor, a storage daemon in memory and the S3 gateway. */
export async function startCeph(): Promise<Started<Ceph>> {
  const missing = await installCeph();
  if (missing !== undefined) return { shared: { unavailable: missing }, stop: async () => undefined };
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const folder = await mkdtemp(path.join(os.tmpdir(), "scalable-ceph-"));
    const running: KeptProcess[] = [];
    const stop = async (): Promise<void> => {
      await Promise.all(running.map((process) => process.stop()));
      await rm(folder, { recursive: true, force: true });
    };
    try {
      return { shared: { server: await startIn(folder, running) }, stop };
    } catch (error) {
      failure = error; // such as that another process took the port meanwhile
      await stop();
    }
  }
  throw new Error(`Ceph could not be started: ${failure instanceof Error ? failure.message : failure}`);
}

async function startIn(folder: string, running: KeptProcess[]): Promise<Ceph> {
  const [monitorPort = 0, gatewayPort = 0] = await freePorts(2);
  for (const name of ["mon", "osd", "rgw"]) await mkdir(path.join(folder, name));
  const conf = path.join(folder, "ceph.conf");
  await writeFile(conf, cephConf({ folder, monitorPort, gatewayPort }));
  const within = (name: string): string => path.join(folder, name);
  const start = (command: string, args: readonly string[]): void => {
    running.push(new KeptProcess(command, ["-c", conf, ...args, "-f"], within(`${command}.log`)));
  };
  const ceph = (...args: readonly string[]): Promise<string> => output("ceph", ["-c", conf, ...args]);

  await makeKeys(within("keyring"));
  const monitors = [
    "--create",
    "--fsid",
    randomUUID(),
    "--addv",
    "a",
    `[v2:127.0.0.1:${monitorPort}]`,
    within("monmap"),
  ];
  await run("monmaptool", monitors);
  const mkfs = ["-i", "a", "--mkfs", "--monmap", within("monmap"), "--keyring", within("keyring")];
  await run("ceph-mon", ["-c", conf, ...mkfs]);
  start("ceph-mon", ["-i", "a"]);
  const disk = randomUUID();
  await until(within("ceph-mon.log"), () => ceph("--connect-timeout", "5", "osd", "new", disk));

  await run("ceph-osd", ["-c", conf, "-i", "0", "--mkfs", "--osd-uuid", disk]);
  start("ceph-osd", ["-i", "0"]);
  await until(within("ceph-osd.log"), async () => {
    if (!/\b1 up\b/.test(await ceph("osd", "stat"))) throw new Error("not up yet");
  });

  start("radosgw", ["-n", "client.rgw"]);
  await until(within("radosgw.log"), () => answers(gatewayPort));
  await makeUser(conf, "owner", OWNER);
  await makeUser(conf, "stranger", STRANGER);
  return { endpoint: `http://127.0.0.1:${gatewayPort}`, owner: OWNER, stranger: STRANGER };
}

async function makeKeys(keyring: string): Promise<void> {
  const all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
  await run("ceph-authtool", ["--create-keyring", keyring]);
  for (const name of ["mon.", "client.admin", "client.rgw"]) {
    await run("ceph-authtool", [keyring, "--gen-key", "-n", name, ...all]);
  }
  await run("ceph-authtool", [
    keyring,
    "--gen-key",
    "-n",
    "osd.0",
    "--cap",
    "mon",
    "allow profile osd",
    ...all.slice(3),
  ]);
}

async function makeUser(conf: string, name: string, { accessKeyId, secretAccessKey }: Keys): Promise<void> {
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await run("radosgw-admin", [
    "-c",
    conf,
    "-n",
    "client.rgw",
    "user",
    "create",
    `--uid=${name}`,
    `--display-name=${name}`,
    ...keys,
  ]);
}

async function output(command: string, args: readonly string[]): Promise<string> {
  return (await run(command, args)).stdout;
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}
