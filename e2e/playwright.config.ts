/** The specs that need a real browser. Each runs once per family; `-- --project=firefox` runs one family. */
import { defineConfig } from "@playwright/test";
import type { FamilyOption } from "./fixtures.ts";

export default defineConfig<object, FamilyOption>({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: "../test-results",
  // One at a time: two browsers on a small machine are no faster than one. `--workers=2` makes it a busy one.
  workers: 1,
  forbidOnly: true,
  timeout: 60_000,
  reporter: process.env.CI ? [["line"], ["json", { outputFile: "../test-results/e2e.json" }]] : "line",
  projects: [
    // A spec about what one family alone does says so in its name.
    { name: "chromium", testIgnore: ["gallery/**", "**/*.firefox.spec.ts"], use: { family: "chromium" } },
    { name: "firefox", testIgnore: ["gallery/**", "**/*.chromium.spec.ts"], use: { family: "firefox" } },
    // Looks at every state of every screen; needs no extension, so one family is enough.
    { name: "screens", testMatch: "gallery/*.spec.ts" },
  ],
});
