/**
 * A server that answers 402 until the probe's header is there, says in the 402 what the probe shall do, and remembers
 * every request. One server, two origins: 127.0.0.1 and localhost.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf, type FileKind } from "./files.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** The payment in the request. */
  readonly payment: string | undefined;
  status: number;
}

export interface DiaryEntry {
  readonly kind: "decide" | "aborted" | "sent" | "answered" | "ended" | "lost";
  readonly paymentId?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly sent?: boolean;
  readonly id?: string;
  readonly url?: string;
  readonly method?: string;
  readonly type?: string;
  readonly tabId?: number;
  readonly frameId?: number;
  readonly site?: string;
  readonly frameOrigins?: readonly string[];
  readonly incognito?: boolean;
  readonly contentType?: string;
}

export interface Wanted {
  /** What the 402 tells the probe: "pay" (default), "refuse", "hold" until released, "later" refused, each with any suffix; "free" never asks. */
  readonly policy?: string;
  /** Makes URLs of one kind and policy different. */
  readonly n?: number | string;
  /** Access-Control-Allow-Origin: "*", or "echo" with credentials. */
  readonly cors?: "*" | "echo";
  /** Answers 402 even to a payment. */
  readonly greedy?: true;
  /** Sends headers and body of the 402 as a picture that can be shown. */
  readonly dressed?: true;
  /** Sends the body of the 402 only when the test releases its `sec-fetch-dest`, such as "image". */
  readonly stalled?: true;
  /** Answers a payment only when the test says so. */
  readonly slow?: string;
}

export class PaidServer {
  readonly seen: Seen[] = [];
  readonly diary: DiaryEntry[] = [];
  readonly #pages = new Map<string, string>();
  readonly #released = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<PaidServer> {
    const server = new PaidServer();
    await new Promise<void>((resolve) => server.#server.listen(0, () => resolve()));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  /** The same server under another origin. */
  get otherOrigin(): string {
    return `http://localhost:${this.port}`;
  }

  /** URL path of a paid file. */
  path(kind: FileKind, wanted: Wanted = {}): string {
    const query = new URLSearchParams(Object.entries(wanted).map(([name, value]) => [name, `${value}`]));
    return `/paid/${kind}${query.size > 0 ? `?${query}` : ""}`;
  }

  /** Serves a free page of that body, and returns its URL. */
  page(body: string, path = `/page/${this.#pages.size}`): string {
    this.#pages.set(path, `<!doctype html><meta charset="utf-8"><title>Page</title><body>${body}</body>`);
    return this.origin + path;
  }

  /** Lets everything go that waits under that name, now and later. */
  release(name: string): void {
    this.#released.add(name);
    this.#changed();
  }

  /** Resolves when the condition holds; it is looked at again whenever the server has seen or heard something. */
  async until<T>(condition: () => T, timeoutMs = 15_000): Promise<NonNullable<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<NonNullable<T>>();
    const look = () => {
      const value = condition();
      if (value) resolve(value);
    };
    const timer = setTimeout(() => {
      const requests = this.seen.map(({ method, path, status }) => `${method} ${path} ${status}`);
      reject(
        new Error(`Gave up waiting for ${condition}\n${JSON.stringify(this.diary, null, 1)}\n${requests.join("\n")}`),
      );
    }, timeoutMs);
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }

  /** Requests to that path, in the order of arrival, preflights left out. */
  requests(path: string): Seen[] {
    return this.seen.filter((request) => request.path === path && request.method !== "OPTIONS");
  }

  entries(kind: DiaryEntry["kind"]): DiaryEntry[] {
    return this.diary.filter((entry) => entry.kind === kind);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = request.url ?? "/";
    const url = new URL(path, this.origin);
    if (url.pathname === "/control/diary") {
      this.diary.push(...JSON.parse(body.toString()));
      response.end();
      this.#changed();
      return;
    }
    if (url.pathname === "/control/hold") {
      const name = decodeURIComponent(url.search.slice(1));
      await this.until(() => this.#released.has(name) || response.destroyed, 120_000);
      response.end();
      return;
    }
    const payment = request.headers["payment-signature"];
    const seen: Seen = {
      method: request.method ?? "",
      path,
      host: request.headers.host ?? "",
      headers: request.headers,
      body,
      payment: typeof payment === "string" ? payment : undefined,
      status: 200,
    };
    this.seen.push(seen);
    const page = this.#pages.get(url.pathname);
    if (page !== undefined) response.setHeader("content-type", "text/html").end(page);
    else if (url.pathname.startsWith("/paid/")) await this.#paid(url, request, response, seen);
    else {
      seen.status = 404;
      response.writeHead(404).end();
    }
    this.#changed();
  }

  async #paid(url: URL, request: IncomingMessage, response: ServerResponse, seen: Seen): Promise<void> {
    const wanted = Object.fromEntries(url.searchParams) as Wanted;
    const kind = url.pathname.slice("/paid/".length) as FileKind;
    const { origin } = request.headers;
    if (wanted.cors) {
      response.setHeader("access-control-allow-origin", wanted.cors === "echo" ? (origin ?? "") : "*");
      if (wanted.cors === "echo") response.setHeader("access-control-allow-credentials", "true");
      response.setHeader("access-control-allow-headers", "content-type, x-mine");
      response.setHeader("access-control-allow-methods", "GET, POST, PUT, DELETE");
    }
    if (seen.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    response.setHeader("cache-control", "no-store");
    const { policy = "pay" } = wanted;
    if (policy !== "free" && (!seen.payment || wanted.greedy)) {
      seen.status = 402;
      const refusal = wanted.dressed ? bodyOf(kind) : { type: "text/html", body: "<h1>Payment is required here</h1>" };
      response.writeHead(402, {
        "content-type": refusal.type,
        "payment-required": policy,
        "probe-control": this.origin,
        "x-refusal": "yes",
      });
      if (wanted.stalled) {
        response.flushHeaders();
        this.#changed();
        const destination = `${request.headers["sec-fetch-dest"]}`;
        await this.until(() => this.#released.has(destination) || response.destroyed, 120_000);
      }
      response.end(refusal.body);
      return;
    }
    const { slow } = wanted;
    if (slow) await this.until(() => this.#released.has(slow) || response.destroyed, 120_000);
    const file = bodyOf(kind);
    response.writeHead(200, { "content-type": file.type, "payment-response": "receipt" });
    response.end(kind === "echo" ? seen.body : file.body);
  }
}
