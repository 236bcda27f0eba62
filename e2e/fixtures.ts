/** What a spec asks for: a browser with Tollpass in it, or one with the probe. Started once per worker, closed after. */
import { test as base } from "@playwright/test";
import { buildExtension, extensionDir } from "./build.ts";
import { type Driver, type Family, launch } from "./driver/launch.ts";

export interface FamilyOption {
  family: Family;
}

interface Browsers extends FamilyOption {
  /** The product, as built for people. */
  tollpass: Driver;
  /** The real interceptor with a policy that the test server dictates; no money. */
  probe: Driver;
}

export const test = base.extend<object, Browsers>({
  family: ["chromium", { option: true, scope: "worker" }],
  tollpass: [
    async ({ family }, use) => {
      await buildExtension("tollpass", family);
      const driver = await launch({ family, extensionDir: extensionDir("tollpass", family) });
      await use(driver);
      await driver.close();
    },
    { scope: "worker" },
  ],
  probe: [
    async ({ family }, use) => {
      await buildExtension("probe", family);
      const driver = await launch({ family, extensionDir: extensionDir("probe", family) });
      await use(driver);
      await driver.close();
    },
    { scope: "worker" },
  ],
});

export { expect } from "@playwright/test";
