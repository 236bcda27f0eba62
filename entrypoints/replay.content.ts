/**
 * Chromium build only, in the isolated world of every frame: reloads documents, loads images, media, style sheets and
 * scripts again when their 402 is paid, and carries the page world's questions to the background.
 */
import { defineContentScript } from "wxt/utils/define-content-script";
import { holdDocument, holdElements, offerBridge, ReplayPort } from "#intercept/frame";

export default defineContentScript({
  matches: ["<all_urls>"],
  exclude: ["firefox"],
  runAt: "document_start",
  allFrames: true,
  matchAboutBlank: true,
  matchOriginAsFallback: true,
  // Pages are told nothing: no message of a started script.
  noScriptStartedPostMessage: true,
  main() {
    const background = new ReplayPort();
    holdDocument(background);
    offerBridge(background);
    holdElements(background);
  },
});
