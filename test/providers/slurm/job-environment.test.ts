import { expect, test } from "vitest";
import { jobEnvironment, variablesSeenInside } from "../../../src/providers/slurm/job-environment.ts";

test("jobs see the variables of the session, and over them those of the component", () => {
  const own = { PATH: "/usr/bin", HOME: "/home/ann", OMP_NUM_THREADS: "2", EMPTY: "" };

  expect(jobEnvironment(own, { OMP_NUM_THREADS: "8", MODEL: "a b" })).toEqual({
    PATH: "/usr/bin",
    HOME: "/home/ann",
    EMPTY: "",
    OMP_NUM_THREADS: "8",
    MODEL: "a b",
  });
});

test("a session that runs in a job hands nothing of that job on", () => {
  const job = {
    SLURM_JOB_ID: "17",
    SLURM_ARRAY_TASK_ID: "3",
    SLURM_RESTART_COUNT: "1",
    SLURM_CPUS_PER_TASK: "64",
    SLURM_MEM_PER_NODE: "4096",
    SLURM_CLUSTER_NAME: "big",
    SLURMD_NODENAME: "n1",
    PMI_RANK: "0",
    PMIX_RANK: "0",
  };

  expect(jobEnvironment(job, {})).toEqual({});
});

test("where and how Slurm is asked is handed on: sbatch must find the same cluster as squeue", () => {
  const kept = {
    SLURM_CONF: "/etc/slurm/slurm.conf",
    SLURM_CONF_SERVER: "ctl1:6817",
    SLURM_CLUSTERS: "big",
    SLURM_JWT: "secret",
    SBATCH_ACCOUNT: "energy",
  };

  expect(jobEnvironment(kept, {})).toEqual(kept);
});

test("a local cache is one of the session's machine, unless the component names one", () => {
  expect(jobEnvironment({ SCALABLE_CACHE_DIR: "/home/ann/cache", SCALABLE_SEED: "2" }, {})).toEqual({
    SCALABLE_SEED: "2",
  });
  expect(jobEnvironment({ SCALABLE_CACHE_DIR: "/a" }, { SCALABLE_CACHE_DIR: "/local" })).toEqual({
    SCALABLE_CACHE_DIR: "/local",
  });
});

test("variables of the component without a prototype are read as any", () => {
  const component: Record<string, string> = Object.create(null);
  component["toString"] = "x";

  expect(jobEnvironment({}, component)["toString"]).toBe("x");
  expect(variablesSeenInside({}, component)).toContain("toString");
});

test("a container sees what the job is, what scalable and its stores go by, and the component's variables", () => {
  const env = {
    PATH: "/usr/bin",
    HOME: "/home/ann",
    TMPDIR: "/scratch/17",
    SCALABLE_CACHE_REMOTE: "s3://team/energy",
    AWS_PROFILE: "team",
    GOOGLE_APPLICATION_CREDENTIALS: "/key",
    NODE_OPTIONS: "--max-old-space-size=4096",
    SLURM_JWT: "secret",
  };

  expect(variablesSeenInside(env, { OMP_NUM_THREADS: "8", NODE_OPTIONS: "" })).toEqual([
    "SLURM_JOB_ID",
    "SLURM_ARRAY_JOB_ID",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_RESTART_COUNT",
    "SLURMD_NODENAME",
    "SCALABLE_CACHE_REMOTE",
    "AWS_PROFILE",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "NODE_OPTIONS",
    "OMP_NUM_THREADS",
  ]);
});
