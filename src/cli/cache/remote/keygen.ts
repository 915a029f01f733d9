import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { print, printJson } from "../../terminal/output.ts";
import { UsageError } from "../../usage-error.ts";
import type { CacheOptions } from "../folder.ts";

/** `scalable cache keygen` */
export function addKeygen(cache: Command): void {
  cache
    .command("keygen")
    .description("make a key that signs what is uploaded to a shared cache")
    .argument("<file>", "where the secret key goes, readable for you alone")
    .action(async (file: string, _options: unknown, command: Command) => {
      const { generateKeys } = await import("../../../store/remote/trust.ts");
      const { publicKey, secretKey } = generateKeys();
      if (existsSync(file))
        throw new UsageError(`there is a file ${JSON.stringify(file)} already: keys are not written over.`);
      if (!existsSync(path.dirname(path.resolve(file))))
        throw new UsageError(`there is no folder ${JSON.stringify(path.dirname(file))} for the key.`);
      writeFileSync(file, `${secretKey}\n`, { mode: 0o600, flag: "wx" });
      if (command.optsWithGlobals<CacheOptions>().json) {
        await printJson({ publicKey, secretKeyFile: file });
        return;
      }
      await print(publicKey);
      process.stderr.write(
        `scalable: the secret key is in ${file}. Who computes sets SCALABLE_CACHE_SIGNING_KEY=${file}; who reads sets SCALABLE_CACHE_TRUSTED_KEYS to the public key above, or lists it under trusted_keys in the manifest.\n`,
      );
    });
}
