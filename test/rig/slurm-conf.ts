import path from "node:path";

/** The file in which Slurm keeps what a cluster is like. */
export interface SlurmConf {
  readonly folder: string;
  /** Of this machine. */
  readonly host: string;
  readonly user: string;
  readonly controllerPort: number;
  /** By name of the node. */
  readonly nodePorts: Readonly<Record<string, number>>;
  readonly memory: MemoryLimit;
  /** Seconds that clients wait for the controller's answer, and, but for one, keep trying where there is none. */
  readonly messageTimeout: number;
}

/**
 * Who sees to it that a job keeps to its memory. The kernel, and it ends as OUT_OF_MEMORY; or Slurm itself, which looks
 * every second, and reports no more than that the job FAILED by a signal.
 */
export type MemoryLimit = "kernel" | "slurm";

/** Names of files within the folder that other parts know too. */
export const controllerLog = (folder: string): string => path.join(folder, "slurmctld.log");
export const nodeLog = (folder: string, node: string): string => path.join(folder, `slurmd-${node}.log`);
export const mungeSocket = (folder: string): string => path.join(folder, "munge", "socket");

/** One controller and its nodes on one machine, without anything of systemd or under /etc, and as quick as Slurm goes. */
export function slurmConf(conf: SlurmConf): string {
  const { folder, host, user, controllerPort, memory } = conf;
  const nodes = Object.entries(conf.nodePorts);
  return `ClusterName=scalable
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
# Whoever starts a job anew waits until its first credential has expired.
AuthInfo=socket=${mungeSocket(folder)},cred_expire=10

StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${controllerLog(folder)}
SlurmdLogFile=${nodeLog(folder, "%n")}

# Each job gets what it asks for, in cores and memory.
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=1000
ProctrackType=proctrack/linuxproc
JobAcctGatherType=jobacct_gather/linux
${MEMORY[memory]}
MpiDefault=none

# The controller looks at what there is to do once a second, and cannot be made to do it more often.
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
KillWait=2
OverTimeLimit=0
SlurmdTimeout=10
SlurmctldTimeout=10
MessageTimeout=${conf.messageTimeout}
# A node that comes back without a job that is older than this loses it.
BatchStartTimeout=5
# No node passes on what others are to be told: one that is gone keeps nobody waiting.
TreeWidth=1000
ReturnToService=2
JobRequeue=1
PropagateResourceLimits=NONE

# Limits that tests reach.
MaxArraySize=301
MaxJobCount=5000
MinJobAge=60

AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=${folder}/jobs.txt

# Nodes have what is said here, whatever the machine has.
SlurmdParameters=config_overrides
${nodes.map(([name, port]) => `NodeName=${name} NodeAddr=127.0.0.1 Port=${port} CPUs=2 RealMemory=4000`).join("\n")}

# Jobs of "high" take the place of those of "low", which wait again, and of "lowcancel", which end.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=DEFAULT Nodes=${nodes.map(([name]) => name).join(",")} MaxTime=INFINITE PriorityTier=1 PreemptMode=OFF
PartitionName=batch Default=YES
PartitionName=spare
PartitionName=low PreemptMode=REQUEUE
PartitionName=lowcancel PreemptMode=CANCEL
PartitionName=high PriorityTier=10
`;
}

/** Where Slurm looks for the kernel's groups. */
export const groupMount = (folder: string): string => path.join(folder, "cgroup");

/** For the kernel's limits: a second file in the same folder. */
export function cgroupConf(folder: string): string {
  return `CgroupPlugin=cgroup/v1
CgroupMountpoint=${groupMount(folder)}
CgroupAutomount=no
ConstrainRAMSpace=yes
ConstrainCores=no
ConstrainDevices=no
`;
}

const MEMORY: Readonly<Record<MemoryLimit, string>> = {
  kernel: "TaskPlugin=task/cgroup\nJobAcctGatherFrequency=task=1",
  slurm: "TaskPlugin=task/none\nJobAcctGatherFrequency=task=1\nJobAcctGatherParams=OverMemoryKill",
};
