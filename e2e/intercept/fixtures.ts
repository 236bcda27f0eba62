/** A probe browser with a fresh paid server and a fresh tab for each test. */
import type { DriverPage } from "../driver/launch.ts";
import { test as base } from "../fixtures.ts";
import { PaidServer } from "../probe/server.ts";

interface Fixtures {
  server: PaidServer;
  /** A tab on an empty page of the server. */
  tab: DriverPage;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern
  server: async ({}, use) => {
    const server = await PaidServer.start();
    await use(server);
    await server.close();
  },
  tab: async ({ probe, server }, use) => {
    const tab = await probe.newPage();
    await tab.goto(server.page("<p>empty</p>"));
    await use(tab);
    await tab.close();
  },
});

export { expect } from "@playwright/test";
