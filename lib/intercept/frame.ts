/** What runs inside pages, in the Chromium build: the content scripts' door to this room, free of all background code. */
export { holdDocument } from "./documents.ts";
export { holdElements } from "./elements.ts";
export { offerBridge } from "./isolatedBridge.ts";
export { awaitBridge } from "./pageBridge.ts";
export { holdFetch } from "./pageFetch.ts";
export { holdXhr } from "./pageXhr.ts";
export { ReplayPort } from "./replayPort.ts";
