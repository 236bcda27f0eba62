/**
 * What the wallet itself takes in the running extension: from a 402 to the header that pays it, in a warm worker and in
 * one that has to start first, and what the popup is told when the journal is long.
 */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChromiumDriver } from "#e2e/driver/chromium.ts";
import { fetchInTurn, type Tab } from "./browsers.ts";

/** What the worker of Chromium has, as far as it is used here. */
interface WorkerApi {
  readonly webRequest: { readonly onHeadersReceived: Heard<{ readonly statusCode: number; readonly url: string }> };
  readonly runtime: { readonly onConnect: { addListener(heard: (port: Port) => void): void } };
  readonly declarativeNetRequest: {
    updateSessionRules(change: { readonly addRules?: readonly unknown[] }): Promise<void>;
  };
}
interface Heard<E> {
  addListener(heard: (event: E) => undefined, filter: { urls: string[] }): void;
}
interface Port {
  readonly onMessage: { addListener(heard: (message: { readonly say?: string }) => void): void };
}
interface Watched {
  readonly chrome: WorkerApi;
  /** The moment in which everything was there that a decision needs, and the moments of the headers. */
  spans: number[];
}

/**
 * Watches the worker from outside, by the browser's own interfaces: a span begins when both the 402 and the page's
 * question about it have arrived, and ends when the header is handed to the browser. One fetch at a time.
 */
async function watchHeaders(driver: ChromiumDriver): Promise<void> {
  await driver.inBackground(() => {
    const watched = globalThis as unknown as Watched;
    const { chrome } = watched;
    watched.spans = [];
    let from = 0;
    const arrived = () => {
      from = performance.now();
    };
    chrome.webRequest.onHeadersReceived.addListener(
      ({ statusCode }) => {
        if (statusCode === 402) arrived();
        return undefined;
      },
      { urls: ["<all_urls>"] },
    );
    chrome.runtime.onConnect.addListener((port) => {
      port.onMessage.addListener(({ say }) => {
        if (say === "ask") arrived();
      });
    });
    const rules = chrome.declarativeNetRequest;
    const update = rules.updateSessionRules.bind(rules);
    rules.updateSessionRules = (change) => {
      if (change.addRules?.length) watched.spans.push(performance.now() - from);
      return update(change);
    };
  });
}

/** Milliseconds from a 402 to its header inside a warm worker: decide, write down, sign. The tab is loaded anew. */
export async function warmHeaders(driver: ChromiumDriver, tab: Tab, origin: string, count: number): Promise<number[]> {
  await watchHeaders(driver);
  // A frame that has asked before keeps its port: a new document opens a new one, which is then heard.
  await tab.goto(`${origin}/`);
  await fetchInTurn(tab, `${origin}/paid/watched`, count);
  return driver.inBackground(() => (globalThis as unknown as Watched).spans);
}

export interface Relay {
  readonly origin: string;
  /** Milliseconds from each 402 that went out to the payment that came back for the same path. */
  readonly waits: number[];
  close(): Promise<void>;
}

/** Stands before a shop, passes everything on and looks at the clock: what the wallet takes as its server sees it. */
export async function relayTo(shop: string): Promise<Relay> {
  const target = new URL(shop);
  const asked = new Map<string, number>();
  const waits: number[] = [];
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { url = "/", method, headers } = incoming;
    const since = asked.get(url);
    if (headers["payment-signature"] !== undefined && since !== undefined) waits.push(performance.now() - since);
    const passed = ask({ host: target.hostname, port: target.port, path: url, method, headers }, (answer) => {
      if (answer.statusCode === 402) asked.set(url, performance.now());
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    waits,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A payment with the worker ended before each one: it has to be started by the 402 itself. */
export async function payCold(driver: ChromiumDriver, tab: Tab, origin: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await driver.killBackground();
    await fetchInTurn(tab, `${origin}/paid/cold${index}-`, 1);
  }
}

interface PageApi {
  readonly chrome: {
    readonly runtime: { sendMessage(message: unknown): Promise<unknown> };
    readonly tabs: { query(which: { url: string }): Promise<{ readonly id?: number }[]> };
  };
}

/**
 * Fills the journal to `size` payments, each a copy of one that was made, and asks as the popup does. The copies belong
 * to no channel, so that its nonces stay what they are. Resolves to milliseconds from question to answer.
 */
export async function popupOver(
  driver: ChromiumDriver,
  site: string,
  size: number,
  times: number,
): Promise<readonly number[]> {
  const page = await driver.extensionPage("/popup.html");
  try {
    return await page.evaluate(
      async ({ site, size, times }) => {
        const request = <T>(made: IDBRequest<T>) =>
          new Promise<T>((resolve, reject) => {
            made.onsuccess = () => resolve(made.result);
            made.onerror = () => reject(made.error);
          });
        const database = await request(indexedDB.open("tollpass"));
        const all = database.transaction("payments").objectStore("payments");
        const rows = (await request(all.getAll())) as Record<string, unknown>[];
        const model = rows.findLast((row) => row.state === "delivered" && row.site === site);
        if (!model) throw new Error(`nothing was bought at ${site}`);
        const { channelId, nonce, signed, ...copied } = model;
        let seq = Math.max(...rows.map((row) => Number(row.seq)));
        for (let made = rows.length; made < size; ) {
          const transaction = database.transaction("payments", "readwrite");
          const store = transaction.objectStore("payments");
          for (const end = Math.min(size, made + 5_000); made < end; made += 1) {
            seq += 1;
            store.put({ ...copied, id: `copy-${made}`, requestId: `copy-${made}`, seq });
          }
          await new Promise<void>((resolve, reject) => {
            transaction.oncomplete = () => resolve();
            transaction.onabort = () => reject(transaction.error);
          });
        }
        database.close();
        const api = (globalThis as unknown as PageApi).chrome;
        const [tab] = await api.tabs.query({ url: `${site}/*` });
        if (tab?.id === undefined) throw new Error(`no tab shows ${site}`);
        const taken: number[] = [];
        for (let index = 0; index < times; index += 1) {
          const started = performance.now();
          const answer = (await api.runtime.sendMessage({ name: "site.get", request: { tabId: tab.id } })) as {
            recent?: unknown[];
          };
          taken.push(performance.now() - started);
          if (!answer?.recent?.length) throw new Error(`the popup was told ${JSON.stringify(answer)}`);
        }
        return taken;
      },
      { site, size, times },
    );
  } finally {
    await page.close();
  }
}
