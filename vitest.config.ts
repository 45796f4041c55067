import { defineConfig } from "vitest/config";

/** Sources are tested as written: `arcface-ts` and its subpaths resolve to src/ by this condition. */
const resolve = { conditions: ["arcface-source", "node", "import", "module", "default"] };
const ssr = { resolve };

export default defineConfig({
  resolve,
  ssr,
  test: {
    pool: "forks", // native addons do not survive worker threads
    maxWorkers: 2,
    reporters: ["default", "./test/closing-line.ts"],
    setupFiles: ["./test/setup.ts"],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["src/**/*.test.ts"], exclude: ["src/**/*.slow.test.ts"], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.slow.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      ...(process.env.ARCFACE_SLOW
        ? [
            {
              extends: true as const,
              test: {
                name: "slow",
                include: ["**/*.slow.test.ts"],
                exclude: ["node_modules/**"],
                testTimeout: 3_600_000,
              },
            },
          ]
        : []),
    ],
  },
});
