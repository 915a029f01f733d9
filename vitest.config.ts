import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const SECOND = 1_000;

export default defineConfig({
  test: {
    globalSetup: "./test/rig/global-setup.ts",
    reporters: ["default", "./test/rig/tally.ts"],
    projects: [
      {
        resolve: { alias: aliases() },
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/stress/**"],
          pool: "forks",
          testTimeout: 60 * SECOND,
          hookTimeout: 60 * SECOND,
          typecheck: {
            enabled: true,
            include: ["test/types/**/*.test-d.ts"],
            tsconfig: "./test/types/tsconfig.json",
          },
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias: aliases() },
        test: {
          name: "stress",
          include: ["test/stress/**/*.test.ts"],
          pool: "forks",
          testTimeout: 300 * SECOND,
          hookTimeout: 300 * SECOND,
          // Each of these keeps the machine busy by itself: after the others, and one file at a time.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

function aliases(): Record<string, string> {
  return { scalable: fileURLToPath(new URL("./src/index.ts", import.meta.url)) };
}
