import { expect, test } from "vitest";
import { afresh } from "../../../../src/store/remote/backends/folder/afresh.ts";
import { Folders } from "../../../../src/store/remote/backends/folder/folders.ts";
import { troubleOf } from "../../../../src/store/remote/backends/folder/trouble.ts";

const LOCATION = { scheme: "file", url: "file:///shared", folder: "/shared" } as const;

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed, read`), { code, syscall: "read" });
}

test("what the server no longer knows is looked up again, but not for ever", async () => {
  let tries = 0;
  const failing = (times: number) => async (): Promise<string> => {
    tries += 1;
    if (tries <= times) throw systemError("ESTALE");
    return "read";
  };
  expect(await afresh(new Folders("/shared"), failing(2))).toBe("read");
  tries = 0;
  await expect(afresh(new Folders("/shared"), failing(3))).rejects.toMatchObject({ code: "ESTALE" });
  tries = 0;
  const other = async (): Promise<never> => {
    tries += 1;
    throw systemError("EIO");
  };
  await expect(afresh(new Folders("/shared"), other)).rejects.toMatchObject({ code: "EIO" });
  expect(tries).toBe(1);
});

test.for([
  ["EACCES", "forbidden"],
  ["EPERM", "forbidden"],
  ["EROFS", "forbidden"],
  ["ENOSPC", "other"],
  ["EDQUOT", "other"],
  ["ETIMEDOUT", "unreachable"],
  ["EIO", "unreachable"],
  ["ESTALE", "unreachable"],
  ["ENOTCONN", "unreachable"],
  ["ELOOP", "damaged"],
  ["EXYZ", "other"],
] as const)("%s is told as %s", ([code, trouble]) => {
  const told = troubleOf(systemError(code), LOCATION);
  expect(told).toMatchObject({ code: "E_REMOTE", trouble, cause: { code } });
  expect(told).toHaveProperty("message", expect.stringContaining("file:///shared"));
});

test("a mistake of our own is not told as trouble of the remote", () => {
  const mistake = new TypeError("undefined is not a function");
  expect(troubleOf(mistake, LOCATION)).toBe(mistake);
});
