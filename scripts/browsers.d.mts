/** Where an installed browser is found (browsers.mjs). */
export function findBrowser(family: "chromium" | "firefox"): string | undefined;
export function ensureBrowsers(families: readonly ("chromium" | "firefox")[], say: (text: string) => void): void;
