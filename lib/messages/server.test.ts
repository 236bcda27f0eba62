/** Claims about the message boundary: only the extension's own pages are heard, and only what the table allows is read. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Browser } from "wxt/browser";
import { MESSAGES, type MessageName, parseMessage, screenOf } from "./index.ts";

type Sender = Browser.runtime.MessageSender;

const CHROMIUM = {
  id: "abcdefghijklmnopabcdefghijklmnop",
  origin: "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
};
const FIREFOX = { id: "tollpass@tollpass.dev", origin: "moz-extension://0d2c1b9e-7c1f-4a56-9a51-2f4d7c5f9a01" };

describe.each([
  ["Chromium", CHROMIUM],
  ["Firefox", FIREFOX],
])("a sender in %s", (_family, self) => {
  const own: [string, string, Sender][] = [
    ["the popup", "popup", { id: self.id, url: `${self.origin}/popup.html`, origin: self.origin }],
    ["the approval window", "approval", { id: self.id, url: `${self.origin}/approve.html?id=1#top` }],
    ["the dashboard in a tab", "dashboard", { id: self.id, url: `${self.origin}/dashboard.html#/a?b`, frameId: 0 }],
  ];
  test.each(own)("that is %s is heard as that", (_what, screen, sender) => {
    expect(screenOf(sender, self)).toBe(screen);
  });

  const strangers: [string, Sender][] = [
    ["a content script on a website", { id: self.id, url: "https://news.example/", origin: "https://news.example" }],
    ["a website that connects", { url: "https://news.example/", origin: "https://news.example" }],
    [
      "another extension",
      { id: "ponmlkjihgfedcbaponmlkjihgfedcba", url: "chrome-extension://ponmlkjihgfedcba/p.html" },
    ],
    ["another extension that names our page", { id: "other@example", url: `${self.origin}/popup.html` }],
    ["a stranger without an id", { url: `${self.origin}/popup.html` }],
    ["somebody without a url", { id: self.id }],
    ["somebody with an empty url", { id: self.id, url: "" }],
    ["a sandboxed page", { id: self.id, url: "null", origin: "null" }],
    ["our own page in a sandbox", { id: self.id, url: `${self.origin}/popup.html`, origin: "null" }],
    ["our own url with a website's origin", { id: self.id, url: `${self.origin}/p.html`, origin: "https://a.example" }],
    ["a data: page", { id: self.id, url: `data:text/html,${self.origin}/popup.html` }],
    ["an about:blank frame", { id: self.id, url: "about:blank" }],
    ["an about:srcdoc frame", { id: self.id, url: "about:srcdoc" }],
    ["a blob of a website", { id: self.id, url: "blob:https://news.example/0d2c1b9e" }],
    ["a file", { id: self.id, url: "file:///popup.html" }],
    ["an origin that begins like ours", { id: self.id, url: `${self.origin}.news.example/popup.html` }],
    ["an origin that ends like ours", { id: self.id, url: `${self.origin}0/popup.html` }],
    ["our origin as a user name", { id: self.id, url: `${self.origin}@news.example/popup.html` }],
    ["our origin without a path", { id: self.id, url: self.origin }],
    ["our origin in a website's query", { id: self.id, url: `https://news.example/?${self.origin}/` }],
    ["a url that cannot be parsed", { id: self.id, url: "://" }],
    ["our page framed by a site", { id: self.id, url: `${self.origin}/approve.html?id=1`, frameId: 7 }],
    ["a bay of the event page", { id: self.id, url: `${self.origin}/bay.html` }],
    ["the event page", { id: self.id, url: `${self.origin}/_generated_background_page.html` }],
    ["a path that ends like ours", { id: self.id, url: `${self.origin}/x/popup.html` }],
    ["a path that begins like ours", { id: self.id, url: `${self.origin}/popup.html.txt` }],
    ["our path as a query", { id: self.id, url: `${self.origin}/?/popup.html` }],
    ["our path in other letters", { id: self.id, url: `${self.origin}/Popup.html` }],
    ["a path from the prototype", { id: self.id, url: `${self.origin}/constructor` }],
  ];
  test.each(strangers)("that is %s is not heard", (_what, sender) => {
    expect(screenOf(sender, self)).toBeUndefined();
  });

  test("is never believed because of anything but our id and our origin, and nothing throws", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.constantFrom(self.origin, "null", "data:,"));
    const sender = fc.record(
      { id: fc.oneof(text, fc.constant(self.id)), url: text, origin: text },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(sender, (given) => {
        expect(screenOf(given as Sender, self)).toBeUndefined();
      }),
    );
  });
});

const id = "a1";
const site = "https://news.example";
const password = "two goats";
const account = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const limits = { renews: true, perMinute: null, paths: [], expiresAt: null };

/** For every message: requests as its screens send them, and requests that must not be read. */
const REQUESTS: { readonly [N in MessageName]: { good: readonly unknown[]; bad: readonly unknown[] } } = {
  "status.get": { good: [{}], bad: [null, "{}"] },
  "vault.create": {
    good: [{ password }, { password, phrase: "abandon" }],
    bad: [{}, { password: 1 }, { phrase: "a" }],
  },
  "leftBehind.get": { good: [{}], bad: [[]] },
  "vault.checkPhrase": { good: [{ phrase: "" }], bad: [{}, { phrase: ["abandon"] }, { phrase: "a".repeat(1025) }] },
  "vault.unlock": { good: [{ password }], bad: [{}, { password: null }, { password: "a".repeat(1025) }] },
  "vault.lock": { good: [{}], bad: [undefined, null] },
  "vault.reveal": { good: [{ password }], bad: [{}, { password: true }] },
  "vault.changePassword": { good: [{ from: "a", to: "b" }], bad: [{ from: "a" }, { to: "b" }, { from: "a", to: 2 }] },
  "vault.wipe": { good: [{ word: "delete" }], bad: [{}, { word: "yes" }, { word: "DELETE" }] },
  "wallet.get": { good: [{}], bad: [0] },
  "wallet.faucet": { good: [{}], bad: ["all"] },
  "account.add": { good: [{}], bad: [null] },
  "account.use": { good: [{ account }], bad: [{}, { account: "0x1" }, { account: `${account}00` }, { account: 1 }] },
  "site.account": { good: [{ site, account }], bad: [{ account }, { site }, { site: "", account }] },
  "site.get": { good: [{ tabId: 7 }], bad: [{}, { tabId: "7" }, { tabId: 7.5 }, { tabId: Number.NaN }] },
  "site.pause": { good: [{ site, paused: true }], bad: [{ site }, { site: "", paused: true }, { site, paused: "no" }] },
  "site.never": { good: [{ site, never: false }], bad: [{ never: true }, { site, never: 1 }] },
  "site.askAgain": { good: [{ site }], bad: [{}, { site: 1 }, { site: "a".repeat(2049) }] },
  "sites.list": { good: [{}], bad: [null] },
  "grant.edit": {
    good: [
      { grantId: id, cap: "$1", period: "day" },
      { grantId: id, cap: "1", perRequest: "0.1", period: "once" },
      { grantId: id, cap: "1", period: "day", limits },
      { grantId: id, cap: "1", period: "day", limits: { ...limits, paths: ["/news", "/films/*"], perMinute: 5 } },
    ],
    bad: [
      { grantId: id, cap: 1, period: "day" },
      { grantId: id, cap: "1", period: "year" },
      { grantId: "", cap: "1", period: "day" },
      { cap: "1", period: "day" },
      { grantId: id, cap: "1".repeat(33), period: "day" },
      { grantId: id, cap: "1", period: "day", limits: { renews: true } },
      { grantId: id, cap: "1", period: "day", limits: { ...limits, perMinute: 0 } },
      { grantId: id, cap: "1", period: "day", limits: { ...limits, paths: ["news"] } },
      { grantId: id, cap: "1", period: "day", limits: { ...limits, paths: ["/a b"] } },
      { grantId: id, cap: "1", period: "day", limits: { ...limits, expiresAt: "soon" } },
    ],
  },
  "grant.revoke": { good: [{ grantId: id }], bad: [{}, { grantId: "" }, { grantId: "a".repeat(129) }] },
  "grants.revokeAll": { good: [{}], bad: [false] },
  "pause.set": { good: [{ paused: true }], bad: [{}, { paused: "true" }, { paused: 0 }] },
  "approval.get": { good: [{ approvalId: id }], bad: [{}, { approvalId: 1 }] },
  "approval.preview": {
    good: [{ approvalId: id, offer: 0, cap: "1", period: "week", once: false }],
    bad: [
      { approvalId: id, offer: -1, cap: "1", period: "week" },
      { approvalId: id, offer: 0.5, cap: "1", period: "week" },
      { approvalId: id, offer: 0, cap: 1n, period: "week" },
      { approvalId: id, offer: 0, cap: "1", period: "week", once: "yes" },
    ],
  },
  "approval.choose": {
    good: [
      { approvalId: id, revision: 3, offer: 0, choice: { kind: "once" } },
      { approvalId: id, revision: 3, offer: 0, choice: { kind: "never" } },
      { approvalId: id, revision: 3, offer: 0, choice: { kind: "dismiss" } },
      {
        approvalId: id,
        revision: 3,
        offer: 1,
        choice: { kind: "budget", cap: "1", period: "month", perRequest: "1", renews: false },
      },
    ],
    bad: [
      { approvalId: id, offer: 0, choice: { kind: "once" } },
      { approvalId: id, revision: 3, offer: 0, choice: "once" },
      { approvalId: id, revision: 3, offer: 0, choice: { kind: "always" } },
      { approvalId: id, revision: 3, offer: 0, choice: { kind: "budget", cap: "1" } },
      { approvalId: id, revision: "3", offer: 0, choice: { kind: "once" } },
    ],
  },
  "approval.open": { good: [{ approvalId: id }], bad: [{}, { approvalId: null }] },
  "channels.list": { good: [{}], bad: [null] },
  "channel.close": {
    good: [{ channelId: id }, { channelId: id, site: "toll.example" }],
    bad: [{}, { channelId: "" }, { channelId: id, site: "" }, { channelId: id, site: 1 }],
  },
  "channel.refund": { good: [{ channelId: id }], bad: [{}, { channelId: 4 }] },
  "channel.exit": {
    good: [{ channelId: id, ownGas: true }],
    bad: [{ channelId: id }, { channelId: id, ownGas: "yes" }],
  },
  "channel.cancelExit": { good: [{ channelId: "0x1" }], bad: [{}, { channelId: 1 }] },
  "channel.finishExit": { good: [{ channelId: id, ownGas: false }], bad: [{ ownGas: false }, { channelId: id }] },
  "channels.export": { good: [{}], bad: [null] },
  "channelSearch.get": { good: [{}], bad: [null] },
  "channelSearch.start": { good: [{}], bad: ["again"] },
  "relayers.get": { good: [{}], bad: [null] },
  "relayers.set": {
    good: [{ relayers: [] }, { relayers: ["https://relay.example"] }],
    bad: [{}, { relayers: "https://relay.example" }, { relayers: [""] }, { relayers: Array(9).fill("a.example") }],
  },
  "history.list": {
    good: [{ limit: 1 }, { limit: 200, cursor: "c", site }],
    bad: [{}, { limit: 0 }, { limit: 201 }, { limit: 10, site: "" }, { limit: 10, cursor: 1 }],
  },
  "history.get": { good: [{ paymentId: id }], bad: [{}, { paymentId: {} }] },
  "history.export": {
    good: [{ limit: 1 }, { limit: 500, before: 1 }],
    bad: [{}, 1, { limit: 0 }, { limit: 501 }, { limit: 10, before: 0 }, { limit: 10, before: "1" }],
  },
  "history.redact": { good: [{}], bad: ["all"] },
  "settings.get": { good: [{}], bad: [null] },
  "settings.set": {
    good: [
      { autoLockMinutes: 0, dailyCeiling: "", tolerancePercent: 0 },
      { autoLockMinutes: 10_080, dailyCeiling: "20", tolerancePercent: 1_000 },
    ],
    bad: [
      {},
      { autoLockMinutes: 1, dailyCeiling: "1" },
      { autoLockMinutes: 1, dailyCeiling: "1", tolerancePercent: -1 },
      { autoLockMinutes: 1, dailyCeiling: "1", tolerancePercent: 1_001 },
      { autoLockMinutes: -1, dailyCeiling: "1" },
      { autoLockMinutes: 10_081, dailyCeiling: "1" },
      { autoLockMinutes: 1.5, dailyCeiling: "1" },
      { autoLockMinutes: 5, dailyCeiling: 1 },
    ],
  },
};

const NAMES = Object.keys(MESSAGES) as MessageName[];

describe.each(NAMES)("%s", (name) => {
  const { good, bad } = REQUESTS[name];

  test("is read as its screens send it", () => {
    for (const request of good) expect(parseMessage({ name, request })).toEqual({ name, request });
  });

  test("is dropped when malformed or without a request", () => {
    for (const request of [...bad, undefined, null, 1, "text", []]) {
      expect(
        parseMessage({ name, request }),
        JSON.stringify(request, (_key, value) => String(value)),
      ).toBeUndefined();
    }
    expect(parseMessage({ name })).toBeUndefined();
  });

  test("loses fields that the table does not know", () => {
    const polluted = JSON.parse('{"__proto__":{"paused":true},"constructor":1,"amount":"1","key":"0x01"}') as object;
    for (const request of good) {
      const read = parseMessage({ name, request: { ...polluted, ...(request as object) }, extra: true });
      expect(read).toEqual({ name, request });
      expect(Object.keys(read ?? {})).toEqual(["name", "request"]);
    }
  });
});

test.each([
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  "status",
  "status.GET",
  " status.get",
  "grant",
])("no message is called %j", (name) => {
  expect(parseMessage({ name, request: {} })).toBeUndefined();
  expect(parseMessage(JSON.parse(`{"name":${JSON.stringify(name)},"request":{}}`))).toBeUndefined();
});

test.each([undefined, null, 0, "status.get", true, [], ["status.get", {}], () => undefined, { name: ["status.get"] }])(
  "%j is no message",
  (message) => {
    expect(parseMessage(message)).toBeUndefined();
  },
);

test("whatever arrives, nothing throws, and what is read has a name of the table", () => {
  const name = fc.oneof(fc.constantFrom(...NAMES), fc.string(), fc.anything());
  const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true });
  const message = fc.oneof(anything, fc.record({ name, request: anything }, { requiredKeys: [] }));
  fc.assert(
    fc.property(message, (given) => {
      const read = parseMessage(given);
      if (read) expect(NAMES).toContain(read.name);
    }),
    { numRuns: 2_000 },
  );
});
