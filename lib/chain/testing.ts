/** What the tests of the chain room share: channels on the local chain, and a server between wallet and chain. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Channel } from "@tollpass/protocol";
import type { Hex } from "viem";
import { DEV_ACCOUNTS, type LocalChain, localNetwork } from "#demo/chain/index.ts";
import { type Chain, type ChainCall, createChain } from "./index.ts";

const DAY = 86_400;

/** Fails fast, since what fails here fails on purpose. */
export const IMPATIENT = { retries: 0, timeoutMs: 5_000 } as const;

let salts = 0;

/** A channel of alice towards the payee that no other test has. */
export function freshChannel(local: LocalChain, terms: Partial<Channel> = {}): Channel {
  salts += 1;
  return {
    payer: DEV_ACCOUNTS.alice.address,
    payerSigner: DEV_ACCOUNTS.bob.address,
    payee: DEV_ACCOUNTS.payee.address,
    payeeSigner: DEV_ACCOUNTS.relay.address,
    token: local.dollar,
    exitDelay: 7 * DAY,
    challengePeriod: DAY,
    salt: `0x${salts.toString(16).padStart(64, "0")}`,
    ...terms,
  };
}

/** Prepares, signs, sends and awaits one call, as the wallet does. */
export async function perform(chain: Chain, call: ChainCall, account = DEV_ACCOUNTS.alice): Promise<Hex> {
  const { transaction } = await chain.prepare(call, account.address);
  const hash = await chain.send(await account.signTransaction(transaction));
  await chain.waitForReceipt(hash, { everyMs: 20 });
  return hash;
}

interface Rpc {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What the server in between does with a request: answer by itself, or let the chain answer and change that. */
export interface Meddling {
  readonly answer?: (request: Rpc) =>
    | { result: unknown }
    | { error: { code: number; message: string } }
    | "silence"
    | undefined
    // Takes its time, and then lets the chain answer.
    | Promise<undefined>;
  readonly change?: (request: Rpc, result: unknown) => unknown;
}

/** A real server on a port of its own, in front of the chain; `methods` lists what it was asked. */
export async function between(local: LocalChain, meddling: Meddling) {
  const methods: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const rpc: Rpc = { params: [], ...JSON.parse(body) };
    methods.push(rpc.method);
    const own = await meddling.answer?.(rpc);
    if (own === "silence") return;
    const reply = (content: object) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id: rpc.id, ...content }));
    };
    if (own) return reply(own);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(local.rpcUrl, { method: "POST", headers, body });
    const { result, error } = (await answer.json()) as { result?: unknown; error?: unknown };
    reply(error === undefined ? { result: meddling.change?.(rpc, result) ?? result } : { error });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const chain = createChain({ ...localNetwork(local), rpcUrls: [url] }, IMPATIENT);
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url, chain, methods, close };
}

/** A URL where nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}
