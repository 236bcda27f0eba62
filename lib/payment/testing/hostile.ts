/**
 * A hostile provider for tests: a server in front of a real shop that writes down every payment that reaches it, and can
 * change, cut or hold back any answer. What it does not twist is the real middleware's own answer.
 */
import { createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import {
  decodePaymentRequired,
  decodePaymentResponse,
  encodePaymentRequired,
  encodePaymentResponse,
  type PaymentRequired,
  type PaymentResponse,
} from "@tollpass/protocol";

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The PAYMENT-SIGNATURE header, if it came with one. */
  readonly payment: string | undefined;
}

/** Header names in lower case. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** - `cut`: the connection ends before a header. - `cut_in_body`: after half of the body. - `endless`: it never ends. */
type Trick = "cut" | "cut_in_body" | "endless";

interface Tricks {
  /** Before the shop hears of the request. */
  before?: (asked: Asked) => "cut" | Answer | undefined | Promise<"cut" | Answer | undefined>;
  /** After the shop has answered; the answer may be changed in place. */
  after?: (asked: Asked, answer: Answer) => Trick | undefined;
}

export interface HostileProvider {
  readonly origin: string;
  tricks: Tricks;
  /** Every payment that ever reached this server, acknowledgements and closes included. */
  readonly payments: Asked[];
  /** Stands before another shop from now on: the same one, started again. */
  moveTo(shopOrigin: string): void;
  close(): Promise<void>;
}

export async function standBefore(shopOrigin: string): Promise<HostileProvider> {
  const payments: Asked[] = [];
  let target = new URL(shopOrigin);
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const payment = request.headers["payment-signature"];
    const asked: Asked = {
      method: request.method ?? "GET",
      path: request.url ?? "/",
      payment: typeof payment === "string" ? payment : undefined,
    };
    if (asked.payment !== undefined) payments.push(asked);
    const early = await provider.tricks.before?.(asked);
    if (early === "cut") return void request.socket.destroy();
    // The real shop names itself by the host that was asked, so it takes this server for its own origin.
    const answer = early ?? (await forward(target, request, body).catch(() => "gone" as const));
    if (answer === "gone") return void request.socket.destroy();
    const trick = provider.tricks.after?.(asked, answer);
    if (trick === "cut") return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers);
    if (trick === undefined) return void response.end(answer.body);
    response.write(answer.body.slice(0, Math.ceil(answer.body.length / 2)), () => {
      if (trick === "cut_in_body") request.socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const provider: HostileProvider = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tricks: {},
    payments,
    moveTo(origin) {
      target = new URL(origin);
    },
    close() {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return provider;
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function forward(target: URL, request: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, url: path, headers } = request;
    const onward = send({ host: target.hostname, port: target.port, method, path, headers }, async (answer) => {
      const text = await bodyOf(answer).catch(reject);
      if (!text) return;
      const kept: Record<string, string> = {};
      for (const [name, value] of Object.entries(answer.headers)) {
        if (typeof value === "string" && !["transfer-encoding", "content-length", "connection"].includes(name)) {
          kept[name] = value;
        }
      }
      resolve({ status: answer.statusCode ?? 500, headers: kept, body: text.toString() });
    });
    onward.on("error", reject);
    onward.end(body);
  });
}

/** Changes the offers of a 402 in place; the plain headers beside them, which would disagree, are taken away. */
export function editOffers(answer: Answer, edit: (required: PaymentRequired) => PaymentRequired): void {
  const header = answer.headers["payment-required"];
  if (header === undefined) return;
  answer.headers["payment-required"] = encodePaymentRequired(edit(decodePaymentRequired(header)));
  for (const name of Object.keys(answer.headers)) if (name.startsWith("x-")) delete answer.headers[name];
}

/** Changes the first offer, with `extra` merged into its own. */
export const editOffer = (answer: Answer, change: Record<string, unknown>, extra: Record<string, unknown> = {}): void =>
  editOffers(answer, (required) => {
    const [first = {}] = required.accepts;
    return { ...required, accepts: [{ ...first, ...change, extra: { ...(first.extra as object), ...extra } }] };
  });

/** Changes the PAYMENT-RESPONSE of an answer in place. */
export function editResponse(answer: Answer, edit: (response: PaymentResponse) => PaymentResponse): void {
  const header = answer.headers["payment-response"];
  if (header === undefined) return;
  answer.headers["payment-response"] = encodePaymentResponse(edit(decodePaymentResponse(header)));
}
