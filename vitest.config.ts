import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["tollpass-source"] },
  ssr: { resolve: { conditions: ["tollpass-source", "node"] } },
  test: {
    include: ["{lib,entrypoints,provider,components,demo,scripts,e2e,bench}/**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // What is waited for comes at once; on a machine that is busy with other things it comes later than in a second.
    expect: { poll: { timeout: 15_000 } },
  },
});
