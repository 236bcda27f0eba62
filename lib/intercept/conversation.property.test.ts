/**
 * The conversation of pages, frames and background with everybody who can join it and whatever they say: only content
 * scripts in documents of tabs are heard, and they choose among the 402s of their own document and nothing else.
 */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Browser } from "wxt/browser";
import { SENDERS } from "../messages/testing/senders.ts";
import { hostileValue } from "../messages/testing/shapes.ts";
import { CONVERSATION, read, type Way } from "./conversation.ts";
import { Desk } from "./desk.ts";
import type { Intercepted } from "./interceptor.ts";
import { Replays } from "./replays.ts";
import { type Sighting, Sightings } from "./sightings.ts";

const NEWS = "https://news.example";
const PAID = `${NEWS}/paid`;

const { session } = vi.hoisted(() => {
  const session = new Map<string, unknown>();
  const id = "abcdefghijklmnopabcdefghijklmnop";
  // What Desk asks of the browser, as Chromium answers it.
  const chrome = {
    runtime: { id, getURL: (path: string) => `chrome-extension://${id}${path}`, getPlatformInfo: async () => ({}) },
    storage: {
      session: {
        get: async (key: string) => (session.has(key) ? { [key]: session.get(key) } : {}),
        set: async (items: object) => {
          for (const [key, value] of Object.entries(items)) session.set(key, value);
        },
        remove: async (key: string) => void session.delete(key),
      },
    },
    webNavigation: {
      getAllFrames: async () => [
        { frameId: 0, parentFrameId: -1, url: "https://news.example/", documentId: "D7" },
        { frameId: 12, parentFrameId: 0, url: "https://news.example/", documentId: "D12" },
      ],
    },
  };
  Object.assign(globalThis, { chrome });
  return { session };
});

const number = fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: hostileValue });
const url = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(PAID, `${PAID}#part`, `${NEWS}/`, `${NEWS}/other`, "https://bank.example/") },
  { weight: 1, arbitrary: hostileValue },
);
const flag = fc.oneof({ weight: 4, arbitrary: fc.boolean() }, { weight: 1, arbitrary: hostileValue });
const words = (...known: string[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: hostileValue });
/** What an honest frame asks. */
const honest = fc.record({
  say: fc.constant("ask"),
  number: fc.nat(5),
  kind: fc.constantFrom("request", "element"),
  url: fc.constantFrom(PAID, `${PAID}#part`),
  method: fc.constant("GET"),
  certain: fc.boolean(),
});
/** Messages of every way, whole and broken, with fields that belong to no message among them. */
const said = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        say: words("ask", "ask", "ask", "cancel", "finished", "held", "ruled", "seen-402", "constructor"),
        number,
        call: number,
        kind: words("request", "document", "element"),
        url,
        method: words("GET", "POST"),
        certain: flag,
        after: fc.option(number, { nil: undefined }),
        again: fc.option(number, { nil: undefined }),
        ruling: words("go", "leave", "repeat"),
        price: fc.constant("0"),
        site: fc.constant("https://bank.example"),
        paymentId: fc.constant("p1"),
      },
      { requiredKeys: ["say"] },
    ),
  },
  { weight: 1, arbitrary: hostileValue },
  { weight: 1, arbitrary: honest },
);

const isCount = (value: unknown) => typeof value === "number" && value >= 0 && value % 1 === 0 && value < 2 ** 53;
const isAbsent = (value: unknown) => value === undefined;
const isText = (most: number) => (value: unknown) => typeof value === "string" && value.length <= most;
/** What a field may be, by its name: written a second time, so that the table is held against something. */
const ALLOWED: Readonly<Record<string, (value: unknown) => boolean>> = {
  say: (value) => typeof value === "string",
  number: isCount,
  call: isCount,
  after: (value) => isAbsent(value) || isCount(value),
  again: (value) => isAbsent(value) || isCount(value),
  kind: (value) => ["request", "document", "element"].includes(value as string),
  ruling: (value) => ["go", "leave", "repeat"].includes(value as string),
  url: isText(1_048_576),
  method: (value) => isAbsent(value) || isText(64)(value),
  certain: (value) => value === true || value === false,
};

describe("what is read", () => {
  test.each(Object.keys(CONVERSATION) as Way[])(
    "on the way %s is what the table describes, and nothing more",
    (way) => {
      let understood = 0;
      fc.assert(
        fc.property(said, (data) => {
          const message = read(way, data) as Record<string, unknown> | undefined;
          const { say } = (data ?? {}) as { say?: unknown };
          const known = typeof say === "string" && Object.hasOwn(CONVERSATION[way], say);
          const fields = known ? Object.keys(CONVERSATION[way][say as never]) : [];
          const given = (name: string) => Object.getOwnPropertyDescriptor(data, name)?.value as unknown;
          const good = known && fields.every((name) => ALLOWED[name]?.(given(name)));
          expect(message !== undefined).toBe(good);
          if (!message) return;
          understood += 1;
          const expected = ["say", ...fields].filter((name) => given(name) !== undefined);
          expect(message).toEqual(Object.fromEntries(expected.map((name) => [name, given(name)])));
        }),
        { seed: 402, numRuns: 1_500 },
      );
      expect(understood).toBeGreaterThan(20);
    },
  );
});

describe("the background's end of the port", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    session.clear();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A 402 in that document, as the browser saw it. */
  const sightingIn = (documentId: string, frameId: number, tabId: number): Sighting => ({
    requestId: `${documentId}-1`,
    url: PAID,
    method: "GET",
    type: "xmlhttprequest",
    tabId,
    frameId,
    documentId,
    initiator: NEWS,
    headers: new Map([["payment-required", `price of ${documentId}`]]),
    final: false,
  });

  function portFrom(sender: Browser.runtime.MessageSender) {
    const answers: unknown[] = [];
    const listeners: ((message: unknown) => void)[] = [];
    const end = { hungUp: false };
    const port = {
      name: "replay",
      sender,
      postMessage: (message: unknown) => answers.push(message),
      disconnect: () => {
        end.hungUp = true;
      },
      onMessage: { addListener: (listener: (message: unknown) => void) => listeners.push(listener) },
      onDisconnect: { addListener: () => undefined },
    };
    const say = (message: unknown) => {
      for (const listener of listeners) listener(message);
    };
    return { port: port as unknown as Browser.runtime.Port, answers, end, say };
  }

  test.each(SENDERS)("hears $who only if it is a content script in a document", async ({ sender, frame }) => {
    let decisions = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 12 }), async (messages) => {
        session.clear();
        const decided: Intercepted[] = [];
        const sightings = new Sightings();
        // A 402 of every document that is about, also where the asker is not.
        for (const [documentId, frameId] of [
          ["D7", 0],
          ["D12", 12],
          ["D9", 9],
        ] as const)
          for (const tabId of [7, 8, -1]) sightings.add(sightingIn(`${documentId}`, frameId, tabId));
        const handlers = {
          decide: async (request: Intercepted) => {
            decided.push(request);
            return { kind: "leave" } as const;
          },
          replayed: () => undefined,
          navigated: () => undefined,
        };
        const replays = new Replays(handlers.replayed, () => undefined);
        const { port, answers, end, say } = portFrom(sender);
        new Desk(sightings, replays, handlers).serve(port, Promise.resolve());
        expect(end.hungUp).toBe(!frame);
        for (const message of messages) say(message);
        await vi.advanceTimersByTimeAsync(2_000);

        if (!frame) {
          expect([answers, decided]).toEqual([[], []]);
          return;
        }
        for (const answer of answers) expect(read("background", answer)).toEqual(answer);
        decisions += decided.length;
        for (const request of decided) {
          // Everything comes from what the browser saw in that document; the message only chose.
          expect(request.url).toBe(PAID);
          expect(request.header("payment-required")).toBe(`price of ${sender.documentId}`);
          expect([request.tabId, request.frameId]).toEqual([sender.tab?.id, sender.frameId]);
          expect(request.incognito).toBe(sender.tab?.incognito);
          expect(["null", NEWS]).toContain(request.site);
        }
        const asked = messages.flatMap((message) => {
          const understood = read("frame", message);
          return understood?.say === "ask" ? [understood.number] : [];
        });
        const ruled = answers.flatMap((answer) => {
          const understood = read("background", answer);
          return understood?.say === "ruled" ? [understood.number] : [];
        });
        expect(new Set(ruled)).toEqual(new Set(asked));
        expect(ruled.length).toBeLessThanOrEqual(asked.length);
      }),
      { seed: 402, numRuns: 40 },
    );
    expect(decisions > 0).toBe(frame === true);
  });
});
