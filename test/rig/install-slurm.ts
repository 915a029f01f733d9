import { installPackages } from "./debian-packages.ts";

/** Sees to it that the programs of Slurm are there, and those of munge, which it signs with. @returns why they are not. */
export function installSlurm(): Promise<string | undefined> {
  return installPackages({
    programs: ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo", "scancel"],
    packages: ["munge", "slurmctld", "slurmd", "slurm-client"],
  });
}
