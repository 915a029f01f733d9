export interface CephConf {
  readonly folder: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
}

/** The smallest cluster there is: one monitor, one storage daemon in memory, one gateway, all on the loopback address. */
export function cephConf({ folder, monitorPort, gatewayPort }: CephConf): string {
  return `[global]
mon host = [v2:127.0.0.1:${monitorPort}/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
run dir = ${folder}
admin socket =
log file = ${folder}/$name.log
mon cluster log file = ${folder}/cluster.log

# Nothing is kept twice, and nobody waits for a full disk or a manager.
osd objectstore = memstore
memstore device bytes = 8589934592
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2

# Decisions of a single monitor need no collecting.
paxos propose interval = 0.02
paxos min wait = 0.01
mon tick interval = 1

[client.rgw]
rgw data = ${folder}/rgw
# Without tcp_nodelay each answer takes 40 ms.
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw enable usage log = false
rgw enable ops log = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw run sync thread = false
`;
}
