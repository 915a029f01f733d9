import { installPackages } from "./debian-packages.ts";

/** Sees to it that Ceph's programs are there. @returns why they are not. */
export function installCeph(): Promise<string | undefined> {
  return installPackages({
    programs: ["radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool"],
    packages: ["radosgw", "ceph-mon", "ceph-osd", "ceph-common"],
  });
}
