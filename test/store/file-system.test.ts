import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { networkFileSystem, networkFileSystemOf } from "../../src/store/local/file-system.ts";

test.each([
  [0x6969, "NFS"],
  [0xfe534d42, "SMB2"],
  [0xfe534d42 | 0, "SMB2"], // with the sign that some systems give it
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
])("the file system with the number %d is %s", (magic, name) => {
  expect(networkFileSystem(magic)).toBe(name);
});

test("file systems of one machine are not taken for network ones", () => {
  for (const local of [0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1]) {
    expect(networkFileSystem(local)).toBeUndefined(); // ext4, XFS, Btrfs, tmpfs, ZFS
  }
});

test("the answer for a folder is that for its number", () => {
  expect(networkFileSystemOf(tmpdir())).toBe(networkFileSystem(statfsSync(tmpdir()).type));
  expect(networkFileSystemOf("/does/not/exist")).toBeUndefined();
});
