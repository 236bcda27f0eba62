/**
 * Chromium build only, in the page's own world before its first script: holds the promises of fetch and the events of
 * XMLHttpRequest while the wallet decides about a 402. Knows no secret: the payment is put in by the browser.
 */
import { defineContentScript } from "wxt/utils/define-content-script";
import { awaitBridge, holdFetch, holdXhr } from "#intercept/frame";

export default defineContentScript({
  matches: ["<all_urls>"],
  exclude: ["firefox"],
  runAt: "document_start",
  world: "MAIN",
  allFrames: true,
  matchAboutBlank: true,
  matchOriginAsFallback: true,
  main() {
    const bridge = awaitBridge();
    holdFetch(bridge);
    holdXhr(bridge);
  },
});
