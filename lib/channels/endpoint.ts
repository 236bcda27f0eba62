/**
 * The provider's channel endpoints (protocol section 5): receipts, acknowledgements, closes, exits. What comes back is
 * a stranger's word: parsed here, believed only where a signature is on it.
 */
import {
  type ChannelAnswer,
  channelAnswerSchema,
  encodePaymentSignature,
  type Last,
  lastSchema,
  plainText,
  receiptBodySchema,
  receiptTicket,
  type State,
} from "@tollpass/protocol";
import type { Hex } from "viem";

/**
 * - `unreachable`: no answer, or one that cannot be read. Nothing is known about what happened.
 * - `refused`: the provider said no; `code` is its reason in the protocol's words, `detail` its text, made safe to show.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: "unreachable" | "refused";
  readonly code: string | undefined;
  /** What it says of the channel, to be weighed (`weighLast`). */
  readonly last: Last | undefined;

  constructor(kind: "unreachable" | "refused", message: string, code?: string, last?: Last) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.last = last;
  }
}

/** Longest wait for an answer that the provider has at hand, in milliseconds. */
const TIMEOUT = 10_000;
/** Longest wait where a relayed transaction has to be mined first, in milliseconds. */
const MINED_TIMEOUT = 60_000;
/** Longest answer that is read, in bytes. */
const MAX_ANSWER = 64 * 1024;

type Fetch = typeof fetch;

const tooLong = () => new ProviderError("unreachable", "The provider's answer is too long to read.");

/** The body as text, read no further than its limit: whoever answers without end must not fill the worker's memory. */
async function boundedText({ headers, body }: Response): Promise<string> {
  if (!body) return "";
  if (Number(headers.get("content-length")) > MAX_ANSWER) {
    await body.cancel();
    throw tooLong();
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER) throw tooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function read(response: Response): Promise<unknown> {
  const text = await boundedText(response);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function call(fetcher: Fetch, url: string, init: RequestInit, timeout: number): Promise<unknown> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetcher(url, {
      ...init,
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(timeout),
    });
    body = await read(response);
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError("unreachable", "The provider does not answer.");
  }
  if (response.ok) return body;
  const problem = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const detail = plainText(String(problem.detail ?? problem.title ?? `status ${response.status}`), 200);
  throw new ProviderError(
    "refused",
    detail,
    typeof problem.code === "string" ? plainText(problem.code, 64) : undefined,
    lastSchema.safeParse(problem.last).data,
  );
}

/**
 * The receipt of the payment that carried this signed state; `unknown` if the provider says that it has seen no such
 * payment, `pending` if it has not finished it. Throws ProviderError where it was not heard: then nothing is known.
 */
export async function fetchReceipt(
  fetcher: Fetch,
  receiptsUrl: string,
  { channelId, nonce }: Pick<State, "channelId" | "nonce">,
  stateSignature: Hex,
) {
  try {
    const headers = { Authorization: `Bearer ${receiptTicket(stateSignature)}` };
    const body = await call(fetcher, `${receiptsUrl}/${channelId}/${nonce}`, { method: "GET", headers }, TIMEOUT);
    const parsed = receiptBodySchema.safeParse(body);
    if (!parsed.success) throw new ProviderError("unreachable", "The provider's answer is no receipt.");
    return parsed.data;
  } catch (error) {
    if (error instanceof ProviderError && error.code === "receipt_unknown") return "unknown";
    if (error instanceof ProviderError && error.code === "receipt_pending") return "pending";
    throw error;
  }
}

/**
 * Sends a payload that buys nothing (`ack`, `close`, `refund`, `exit`) to a channel's endpoint. `timeout`: the longest
 * wait for its answer, in milliseconds; by default 10 seconds for an `ack`, and a minute for what has to be mined.
 */
export async function postToChannel(
  fetcher: Fetch,
  receiptsUrl: string,
  channelId: Hex,
  payload: Readonly<Record<string, unknown>> & { readonly type: string },
  timeout = payload.type === "ack" ? TIMEOUT : MINED_TIMEOUT,
): Promise<ChannelAnswer> {
  const url = `${receiptsUrl}/${channelId}`;
  const header = encodePaymentSignature({ x402Version: 2, resource: { url }, accepted: {}, payload });
  const body = await call(fetcher, url, { method: "POST", headers: { "PAYMENT-SIGNATURE": header } }, timeout);
  const parsed = channelAnswerSchema.safeParse(body);
  if (!parsed.success) throw new ProviderError("unreachable", "The provider's answer cannot be read.");
  return parsed.data;
}
