import { defaultClientConditions } from "vite";
import { defineConfig } from "wxt";
import { findBrowser } from "./scripts/browsers.mjs";

/** The installed browsers, for `npm run dev`; a build starts none. */
const chrome = findBrowser("chromium");
const firefox = findBrowser("firefox");
/** Chromium's sandbox does not work for root, as in a container. */
const isRoot = process.platform === "linux" && process.getuid?.() === 0;

/**
 * The manifests of both browsers. Every permission is explained in docs/permissions.md; the Chromium build replays
 * with a session rule (declarativeNetRequest), the Firefox build with a blocking webRequest listener.
 */
export default defineConfig({
  modules: ["@wxt-dev/module-react"],
  imports: false,
  manifestVersion: 3,
  webExt: {
    binaries: { ...(chrome && { chrome }), ...(firefox && { firefox }) },
    ...(isRoot && { chromiumArgs: ["--no-sandbox"] }),
  },
  vite: () => ({
    resolve: { conditions: ["tollpass-source", ...defaultClientConditions] },
    build: { target: "es2022" },
    // Only a build for the local chain has a faucet and takes a network record from its own storage.
    define: { "import.meta.env.TOLLPASS_LOCAL": JSON.stringify(process.env.TOLLPASS_LOCAL === "1") },
  }),
  manifest: ({ browser }) => ({
    name: "Tollpass",
    description: "Pays HTTP 402 by itself, within budgets you set.",
    default_locale: undefined,
    permissions: [
      "storage",
      "unlimitedStorage",
      "alarms",
      "webRequest",
      ...(browser === "firefox" ? ["webRequestBlocking"] : ["declarativeNetRequestWithHostAccess", "webNavigation"]),
    ],
    host_permissions: ["<all_urls>"],
    action: { default_title: "Tollpass" },
    content_security_policy: {
      extension_pages: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src https: http://127.0.0.1:* http://localhost:*",
        // Requests of the Firefox build wait in empty frames of its event page (lib/intercept/bays.ts).
        ...(browser === "firefox" ? ["frame-src 'self'", "frame-ancestors 'self'"] : ["frame-ancestors 'none'"]),
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; "),
    },
    ...(browser === "firefox"
      ? {
          browser_specific_settings: {
            gecko: {
              id: "tollpass@tollpass.dev",
              strict_min_version: "140.0",
              data_collection_permissions: { required: ["none"] },
            },
          },
        }
      : { minimum_chrome_version: "128" }),
  }),
});
