/** Starts a browser of either family. */
import { launchChromium } from "./chromium.ts";
import type { Driver, LaunchOptions } from "./driver.ts";
import { launchFirefox } from "./firefox.ts";

export type { Driver, DriverPage, Family, LaunchOptions, Target, Viewport } from "./driver.ts";
export { poll } from "./poll.ts";

/** A running browser with the extension installed. Throws if no such browser is installed. */
export function launch(options: LaunchOptions): Promise<Driver> {
  return options.family === "firefox" ? launchFirefox(options) : launchChromium(options);
}
