import { expect, test } from "vitest";
import { type Sighting, Sightings, type Sought } from "./sightings.ts";

let requests = 0;
const seen = (over: Partial<Sighting> = {}): Sighting => ({
  requestId: `${++requests}`,
  url: "https://payee.example/x",
  method: "GET",
  type: "xmlhttprequest",
  tabId: 1,
  frameId: 0,
  documentId: "doc",
  initiator: "https://site.example",
  headers: new Map(),
  final: false,
  ...over,
});
const sought = (over: Partial<Sought> = {}): Sought => ({
  kind: "request",
  url: "https://payee.example/x",
  tabId: 1,
  frameId: 0,
  documentId: "doc",
  blankOrigin: undefined,
  method: "GET",
  afterPayment: false,
  ...over,
});

test("each 402 can be asked for once, the oldest first", () => {
  const sightings = new Sightings();
  const [first, second] = [seen(), seen()];
  sightings.add(first);
  sightings.add(second);
  expect(sightings.take(sought())).toBe(first);
  expect(sightings.take(sought())).toBe(second);
  expect(sightings.take(sought())).toBeUndefined();
});

test.each<[string, Partial<Sought>]>([
  ["another tab", { tabId: 2 }],
  ["another frame", { frameId: 3, documentId: "framed" }],
  ["another document of the same frame", { documentId: "later" }],
  ["another URL", { url: "https://payee.example/y" }],
  ["another kind of request", { kind: "element" }],
  [
    "an about:blank document of another origin",
    { documentId: "blank", frameId: 4, blankOrigin: "https://evil.example" },
  ],
])("%s does not get the 402 of a document", (_name, over) => {
  const sightings = new Sightings();
  sightings.add(seen());
  expect(sightings.take(sought(over))).toBeUndefined();
});

test("a document finds its request under the frame number that it had before it was shown", () => {
  const sightings = new Sightings();
  const early = seen({ type: "image", frameId: 5 });
  sightings.add(early);
  expect(sightings.take(sought({ kind: "element", frameId: 0 }))).toBe(early);
});

test("an about:blank document finds its request under its parent", () => {
  const sightings = new Sightings();
  const only = seen();
  sightings.add(only);
  expect(sightings.take(sought({ documentId: "blank", frameId: 4, blankOrigin: "https://site.example" }))).toBe(only);
});

test("a question after a payment prefers the answer to the paid request", () => {
  const sightings = new Sightings();
  const [fresh, final] = [seen(), seen({ final: true })];
  sightings.add(fresh);
  sightings.add(final);
  expect(sightings.take(sought({ afterPayment: true }))).toBe(final);
  expect(sightings.take(sought())).toBe(fresh);
});

test("one question stands for all elements that met the same 402, but not for the answer to the payment", () => {
  const sightings = new Sightings();
  const [scanner, element] = [seen({ type: "image" }), seen({ type: "image" })];
  sightings.add(scanner);
  sightings.add(element);
  expect(sightings.take(sought({ kind: "element" }))).toBe(scanner);
  const final = seen({ type: "image", final: true });
  sightings.add(final);
  expect(sightings.take(sought({ kind: "element", afterPayment: true }))).toBe(final);
  expect(sightings.take(sought({ kind: "element" }))).toBeUndefined();
});

test("a document gets the newest 402 of its address, and the older ones are forgotten", () => {
  const sightings = new Sightings();
  const [left, now] = [seen({ type: "main_frame" }), seen({ type: "main_frame" })];
  sightings.add(left);
  sightings.add(now);
  const document = sought({ kind: "document", url: "https://payee.example/x#part" });
  expect(sightings.take(document)).toBe(now);
  expect(sightings.take(document)).toBeUndefined();
});

test("a question that comes before its 402 waits for it", async () => {
  const sightings = new Sightings();
  const soon = sightings.takeSoon(sought(), 10_000);
  const late = seen();
  sightings.add(seen({ tabId: 2 }));
  sightings.add(late);
  expect(await soon).toBe(late);
});

test("two questions never share one 402", async () => {
  const sightings = new Sightings();
  const both = [sightings.takeSoon(sought(), 10_000), sightings.takeSoon(sought(), 10_000)];
  const [first, second] = [seen(), seen()];
  sightings.add(first);
  sightings.add(second);
  expect(await Promise.all(both)).toEqual([first, second]);
});

test("a flood forgets its own oldest, and a closed tab everything", () => {
  const sightings = new Sightings();
  const other = seen({ tabId: 2 });
  sightings.add(other);
  for (let n = 0; n < 3000; n += 1) sightings.add(seen({ url: `https://payee.example/${n}` }));
  expect(sightings.take(sought({ url: "https://payee.example/0" }))).toBeUndefined();
  expect(sightings.take(sought({ url: "https://payee.example/2999" }))).toBeDefined();
  expect(sightings.take(sought({ tabId: 2 }))).toBe(other);
  sightings.forgetTab(1);
  expect(sightings.take(sought({ url: "https://payee.example/2998" }))).toBeUndefined();
});
