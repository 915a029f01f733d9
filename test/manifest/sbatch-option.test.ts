import { expect, test } from "vitest";
import { readSbatchOption } from "../../src/manifest/sbatch-option.ts";

test.each([
  ["--exclusive", "--exclusive"],
  ["--exclusive=user", "--exclusive=user"],
  ["  --exclusive  ", "--exclusive"],
  ["#SBATCH --exclusive", "--exclusive"],
  ["#SBATCH   --nodelist n[1-3]", "--nodelist=n[1-3]"],
  ["--nodelist n[1-3]", "--nodelist=n[1-3]"],
  ["--nice=-5", "--nice=-5"],
  ["--comment='two words'", "--comment=two words"],
  ['--comment "two words"', "--comment=two words"],
  ['--comment="it\'s"', "--comment=it's"],
  ["--comment=", "--comment="],
  ["--mail-type=END,FAIL", "--mail-type=END,FAIL"],
  // Names that begin like reserved ones.
  ["--mem-bind=local", "--mem-bind=local"],
  ["--gres-flags=enforce-binding", "--gres-flags=enforce-binding"],
  ["--time-min=1:00", "--time-min=1:00"],
  ["--wait-all-nodes=1", "--wait-all-nodes=1"],
  ["--cluster-constraint=x", "--cluster-constraint=x"],
  ["--nodelist=a", "--nodelist=a"],
])("%j is %j", (text, option) => {
  expect(readSbatchOption(text)).toEqual({ option });
});

test.each([
  ["--partition=x", "partition", "queue of the target"],
  ["-p x", "partition", "queue of the target"],
  ["-px", "partition", "queue of the target"],
  ["#SBATCH -p x", "partition", "queue of the target"],
  ["--parti=x", "partition", "queue of the target"],
  ["--time=4:00", "time", "walltime of the target"],
  ["-t 4", "time", "walltime of the target"],
  ["--account=a", "account", "account of the target"],
  ["-A a", "account", "account of the target"],
  ["--qos=high", "qos", "qos of the target"],
  ["-q high", "qos", "qos of the target"],
  ["--constraint=a", "constraint", "constraint of the target"],
  ["-C a", "constraint", "constraint of the target"],
  ["--gres=gpu", "gres", "gres of the target"],
  ["--nodes=2", "nodes", "nodes of the target"],
  ["-N 2", "nodes", "nodes of the target"],
  ["--array=0-3%2", "array", "array_size and max_jobs of the target"],
  ["--mem=4G", "mem", "memory of the component"],
  ["--mem 4G", "mem", "memory of the component"],
  ["--mem-per-cpu=4G", "mem-per-cpu", "memory of the component"],
  ["--mem-per-gpu=4G", "mem-per-gpu", "memory of the component"],
  ["--cpus-per-task=2", "cpus-per-task", "cpus of the component"],
  ["-c2", "cpus-per-task", "cpus of the component"],
  ["--export=NONE", "export", "env of the component"],
  ["--export-file=f", "export-file", "env of the component"],
])("%j is refused, and what of the manifest is for it is told", (text, name, by) => {
  const fault = `an option that scalable does not set itself: for --${name}, use ${by}`;
  expect(readSbatchOption(text)).toEqual({ fault });
});

test.each([
  ...["chdir", "clusters", "error", "help", "job-name", "no-requeue", "open-mode", "output", "parsable"],
  ...["requeue", "test-only", "usage", "version", "wait", "wrap"],
])("--%s is refused", (name) => {
  const fault = `an option that scalable does not set itself, as it does --${name}`;
  expect(readSbatchOption(`--${name}`)).toEqual({ fault });
  expect(readSbatchOption(`--${name}=x`)).toEqual({ fault });
});

test.each([
  ["", /^an option of sbatch by its long name/],
  ["hello", /^an option of sbatch by its long name/],
  ["-x n1", /^an option of sbatch by its long name/],
  ["--", /^an option of sbatch by its long name/],
  ["-- x", /^an option of sbatch by its long name/],
  ["---x", /^an option of sbatch by its long name/],
  ["--EXCLUSIVE", /^an option of sbatch by its long name/],
  ["#SBATCH", /^an option of sbatch by its long name/],
  ["# --exclusive", /^an option of sbatch by its long name/],
  ["--exclusive; rm -r x", /^an option of sbatch by its long name/],
  ["--comment=a\nb", /^an option of sbatch by its long name/],
  ['--comment="a\tb"', /^an option of sbatch by its long name/],
  ["--comment=a\0", /^an option of sbatch by its long name/],
  ["--hold --exclusive", /^one option, with quotes around a value/],
  ["--nodelist=a --exclusive", /^one option, with quotes around a value/],
  ["--comment=two words", /^one option, with quotes around a value/],
  ["--exclusive # alone", /^one option, with quotes around a value/],
  ['--comment="a" "b"', /^one option, with quotes around a value/],
  ['--comment="a', /^one option, with quotes around a value/],
])("%j is none", (text, fault) => {
  expect(readSbatchOption(text)).toEqual({ fault: expect.stringMatching(fault) });
});
