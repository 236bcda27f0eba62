/**
 * Plays the browser to a wallet: sends a page's requests to a real server, tells the wallet of every 402, repeats the
 * request with the header that it hands out, and reports what came back in the order in which a browser would.
 */
import type { Intercepted } from "#intercept";
import type { Payments } from "#payment";

export interface PageRequest {
  readonly method?: string;
  readonly body?: string;
  /** Origin of the page; the requested one unless told. */
  readonly site?: string;
  readonly signal?: AbortSignal;
  /** Names the request, so that it can be asked for again after the background died. */
  readonly id?: string;
  readonly type?: Intercepted["type"];
  /** The tab of the page; 1 unless told. */
  readonly tabId?: number;
  readonly incognito?: boolean;
  /** Breaks the paid answer off in its body, with the browser's word for it. */
  readonly brokenOff?: string;
  /** The status that the browser tells of the paid answer, in place of the server's. */
  readonly answeredAs?: number;
}

export interface Got {
  readonly status: number;
  readonly body: string;
  /** Whether the wallet handed out a payment for it. */
  readonly paid: boolean;
  readonly headers: Headers;
}

/** The wallet's end of a request. */
export type Listening = Pick<Payments, "decide" | "replayed">;

/** One request of a page, as the interceptor carries it out. */
export async function load(payments: Listening, url: string, request: PageRequest = {}): Promise<Got> {
  const { method = "GET", body, signal = new AbortController().signal } = request;
  const init = { method, ...(body === undefined ? {} : { body }), redirect: "manual" as const };
  const first = await fetch(url, init);
  if (first.status !== 402) return { ...(await read(first)), paid: false };
  const site = request.site ?? new URL(url).origin;
  const verdict = await payments.decide({
    id: request.id ?? crypto.randomUUID(),
    url,
    method,
    type: request.type ?? "xmlhttprequest",
    tabId: request.tabId ?? 1,
    frameId: 0,
    site,
    frameOrigins: [site],
    incognito: request.incognito ?? false,
    header: (name) => first.headers.get(name) ?? undefined,
    signal,
  });
  if (verdict.kind === "leave") return { ...(await read(first)), paid: false };
  await first.body?.cancel();
  const { paymentId, headers } = verdict;
  payments.replayed(paymentId, { kind: "sent" });
  let second: Response;
  try {
    second = await fetch(url, { ...init, headers });
  } catch (error) {
    payments.replayed(paymentId, { kind: "lost", reason: String(error), sent: true });
    throw error;
  }
  payments.replayed(paymentId, {
    kind: "answered",
    status: request.answeredAs ?? second.status,
    header: (name) => second.headers.get(name) ?? undefined,
  });
  if (request.brokenOff !== undefined) {
    await second.body?.cancel();
    payments.replayed(paymentId, { kind: "lost", reason: request.brokenOff, sent: true });
    return { status: second.status, body: "", paid: true, headers: second.headers };
  }
  try {
    const got = await read(second);
    payments.replayed(paymentId, { kind: "ended" });
    return { ...got, paid: true };
  } catch (error) {
    payments.replayed(paymentId, { kind: "lost", reason: String(error), sent: true });
    throw error;
  }
}

async function read(response: Response) {
  return { status: response.status, body: await response.text(), headers: response.headers };
}
