/** Everybody who can try to talk to the background, as browsers describe them. */
import type { Browser } from "wxt/browser";
import type { Screen } from "../table.ts";

export interface SenderKind {
  readonly who: string;
  readonly sender: Browser.runtime.MessageSender;
  /** The screen that it is; undefined: none of the wallet's messages is heard from it. */
  readonly screen?: Screen;
  /** A document of a website with our content script in it: may ask to wait for a 402, and nothing else. */
  readonly frame?: true;
}

export const SELF = {
  id: "abcdefghijklmnopabcdefghijklmnop",
  origin: "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
};

type Tab = Browser.tabs.Tab;
const tab = (id: number, more: object = {}) => ({ id, index: 0, windowId: 1, incognito: false, ...more }) as Tab;
const { id, origin } = SELF;
const news = "https://news.example";
const page = { id, tab: tab(7), frameId: 0, documentId: "D7" };
const inNews = { ...page, url: `${news}/`, origin: news };
const dashboard = { ...page, url: `${origin}/dashboard.html#/sites`, origin };

export const SENDERS: readonly SenderKind[] = [
  { who: "the dashboard in a tab", sender: dashboard, screen: "dashboard" },
  {
    who: "the dashboard in a private window",
    sender: { ...dashboard, tab: tab(7, { incognito: true }) },
    screen: "dashboard",
  },
  { who: "the popup", sender: { id, url: `${origin}/popup.html`, origin }, screen: "popup" },
  { who: "the approval window", sender: { ...page, url: `${origin}/approve.html?id=a1`, origin }, screen: "approval" },
  { who: "a content script in a top frame", sender: inNews, frame: true },
  { who: "a content script in a sub frame", sender: { ...inNews, frameId: 12, documentId: "D12" }, frame: true },
  { who: "a content script in a private tab", sender: { ...inNews, tab: tab(8, { incognito: true }) }, frame: true },
  { who: "a content script in a sandboxed frame", sender: { ...inNews, frameId: 3, origin: "null" }, frame: true },
  { who: "a content script in about:blank", sender: { ...inNews, frameId: 4, url: "about:blank" }, frame: true },
  { who: "a website that connects from outside", sender: { url: `${news}/`, origin: news, tab: tab(7), frameId: 0 } },
  {
    who: "a website that names our page",
    sender: { url: `${origin}/popup.html`, origin: news, tab: tab(7), frameId: 0 },
  },
  {
    who: "another extension",
    sender: { id: "ponmlkjihgfedcba", url: "chrome-extension://ponmlkjihgfedcba/popup.html" },
  },
  { who: "another extension that names our page", sender: { ...dashboard, id: "ponmlkjihgfedcba" } },
  { who: "nobody at all", sender: {} },
  { who: "our id alone", sender: { id } },
  { who: "our id with a tab and no address", sender: { id, tab: tab(7), frameId: 0, documentId: "D7" } },
  {
    who: "a content script without a tab",
    sender: { id, url: `${news}/`, origin: news, frameId: 0, documentId: "D7" },
  },
  { who: "a content script of no document", sender: { id, url: `${news}/`, origin: news, tab: tab(7), frameId: 0 } },
  { who: "a content script in no frame", sender: { id, url: `${news}/`, origin: news, tab: tab(7), documentId: "D7" } },
  { who: "a tab that is none", sender: { ...inNews, tab: tab(-1) } },
  { who: "our page framed by a site", sender: { ...dashboard, frameId: 9, documentId: "D9" } },
  {
    who: "our approval window framed by a site",
    sender: { ...dashboard, url: `${origin}/approve.html?id=a1`, frameId: 9 },
  },
  { who: "our page in a sandbox", sender: { ...dashboard, origin: "null" } },
  { who: "our page with a website's origin", sender: { ...dashboard, origin: news } },
  { who: "a document of ours that is no screen", sender: { ...dashboard, url: `${origin}/bay.html` } },
  { who: "an address that begins like ours", sender: { id, url: `${origin}.news.example/popup.html` } },
  { who: "an address with ours as user name", sender: { id, url: `${origin}@news.example/popup.html` } },
  { who: "an address that ends like ours", sender: { id, url: `https://news.example/?${origin}/popup.html` } },
  { who: "an address in other letters", sender: { id, url: `${origin.toUpperCase()}/popup.html` } },
];
