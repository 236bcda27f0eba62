import { expect, test } from "vitest";
import { originChain, originOf, placeAmong, withoutFragment } from "./origins.ts";

const frames = [
  { frameId: 0, parentFrameId: -1, url: "https://site.example/page" },
  { frameId: 1, parentFrameId: 0, url: "https://ads.example/frame" },
  { frameId: 2, parentFrameId: 1, url: "about:blank" },
  { frameId: 3, parentFrameId: 2, url: "https://inner.example/" },
  { frameId: 4, parentFrameId: 1, url: "about:srcdoc" },
];

test("the chain goes from the frame up to the site", () => {
  expect(originChain(frames, 1, undefined)).toEqual(["https://ads.example", "https://site.example"]);
  expect(originChain(frames, 0, undefined)).toEqual(["https://site.example"]);
});

test("a frame without an origin of its own has its parent's", () => {
  expect(originChain(frames, 2, undefined)).toEqual([
    "https://ads.example",
    "https://ads.example",
    "https://site.example",
  ]);
  expect(originChain(frames, 4, undefined)).toEqual([
    "https://ads.example",
    "https://ads.example",
    "https://site.example",
  ]);
  expect(originChain(frames, 3, undefined)).toEqual([
    "https://inner.example",
    "https://ads.example",
    "https://ads.example",
    "https://site.example",
  ]);
});

test("what the browser says about the frame's own origin wins: a sandboxed frame is null", () => {
  expect(originChain(frames, 1, "null")).toEqual(["null", "https://site.example"]);
  expect(originChain(frames, 2, "null")).toEqual(["null", "https://ads.example", "https://site.example"]);
});

test("a loop of frames or a frame that is gone ends the chain", () => {
  const loop = [
    { frameId: 1, parentFrameId: 2, url: "https://a.example/" },
    { frameId: 2, parentFrameId: 1, url: "https://b.example/" },
  ];
  expect(originChain(loop, 1, undefined).length).toBeLessThanOrEqual(3);
  expect(originChain([], 9, "https://a.example")).toEqual(["https://a.example"]);
});

test("what has no origin is null, and a fragment is cut", () => {
  expect(originOf("data:text/html,x")).toBe("null");
  expect(originOf(undefined)).toBe("null");
  expect(originOf("no url")).toBe("null");
  expect(withoutFragment("https://a.example/x#y#z")).toBe("https://a.example/x");
});

const documents = frames.map((frame) => ({ ...frame, documentId: `d${frame.frameId}` }));
const asker = { frameId: 1, documentId: "d1", origin: "https://ads.example", url: "https://ads.example/frame" };

test("a document in a frame stands where the browser's list has that very document", () => {
  expect(placeAmong(documents, asker, asker.origin)).toEqual({
    site: "https://site.example",
    frameOrigins: ["https://ads.example", "https://site.example"],
  });
});

test("a document that is no longer in its frame has no place: another site's budget must not pay for it", () => {
  const moved = [{ frameId: 0, parentFrameId: -1, documentId: "d9", url: "https://other.example/" }];
  expect(placeAmong(moved, asker, asker.origin).site).toBe("null");
  const reused = [...moved, { frameId: 1, parentFrameId: 0, documentId: "d8", url: "https://ads.example/frame" }];
  expect(placeAmong(reused, asker, asker.origin).site).toBe("null");
  expect(placeAmong([], asker, asker.origin).site).toBe("null");
});

test("an empty document that the browser does not list stands under a top document of its own origin, and no other", () => {
  const blank = { frameId: 7, documentId: "d7", origin: "https://site.example", url: "about:blank" };
  expect(placeAmong(documents, blank, blank.origin)).toEqual({
    site: "https://site.example",
    frameOrigins: ["https://site.example", "https://site.example"],
  });
  const foreign = { ...blank, origin: "https://ads.example" };
  expect(placeAmong(documents, foreign, foreign.origin).site).toBe("null");
});
