/** A provider's process is killed in the middle of things and started again on the same store: nothing is lost. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { receiptRef, ZERO_BYTES32 } from "@tollpass/protocol";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type LocalChain, startChain } from "../../demo/chain/index.ts";
import { sqliteStore } from "../src/sqliteStore.ts";
import type { Bought } from "./payer.ts";
import { newPayer } from "./shop.ts";

const PRICE = 10_000n;
/** Processes are started and killed, on machines that have other things to do. */
vi.setConfig({ testTimeout: 90_000 });
let chain: LocalChain;
let folder: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crash-"));
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true });
});

const store = () => join(folder, "provider.sqlite");

/** Starts the shop and resolves to its origin. */
async function start(): Promise<string> {
  const script = fileURLToPath(new URL("./shopProcess.ts", import.meta.url));
  child = fork(script, [chain.rpcUrl, chain.codeHash, store()], { execArgv: ["--conditions=tollpass-source"] });
  const [origin] = await once(child, "message");
  return String(origin);
}

async function kill(): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function bookOf(id: `0x${string}`) {
  const opened = sqliteStore(store());
  const record = await opened.channel(id);
  await opened.close();
  return record?.book;
}

test("a request that was being served costs nothing, and the channel goes on", async () => {
  let origin = await start();
  const payer = await newPayer(chain);
  await payer.open(`${origin}/goods`, 1_000_000n);
  await payer.buy(`${origin}/goods`);
  const asked = await payer.ask(`${origin}/hang`);
  const hung = await payer.pay(asked);
  const serving = once(child as ChildProcess, "message");
  const lost = payer.send(`${origin}/hang`, hung.header, hung.nonce);
  lost.catch(() => undefined);
  await serving;
  await kill();
  await expect(lost).rejects.toThrow();
  expect(await bookOf(payer.id)).toMatchObject({ charged: 2n * PRICE, reserved: PRICE });

  origin = await start();
  const again = await payer.send(`${origin}/hang`, hung.header, hung.nonce);
  expect([again.answer.status, again.receipt?.charged, again.receipt?.credited]).toEqual([409, 0n, PRICE]);
  expect((await payer.buy(`${origin}/goods`)).answer.status).toBe(200);
  await kill();
  expect(await bookOf(payer.id)).toMatchObject({ charged: payer.earned, reserved: 0n, credited: PRICE });
});

test("a stream that the crash cut off costs nothing, and its receipt is about the status that had left", async () => {
  let origin = await start();
  const payer = await newPayer(chain);
  await payer.open(`${origin}/goods`, 1_000_000n);
  const asked = await payer.ask(`${origin}/endless`);
  const { header, nonce } = await payer.pay(asked);
  const cut = await payer.send(`${origin}/endless`, header, nonce);
  expect(cut.answer.status).toBe(200);
  await kill();
  await expect(cut.answer.text()).rejects.toThrow();

  origin = await start();
  const again = await payer.send(`${origin}/endless`, header, nonce);
  const about = { method: "GET", url: asked.required.resource?.url ?? "", bodyDigest: ZERO_BYTES32 };
  expect(again.receipt).toMatchObject({ charged: 0n, ref: receiptRef({ ...about, status: 200 }) });
});

test("of thirty requests in flight each is charged once or not at all, and every receipt still stands", async () => {
  let origin = await start();
  const payer = await newPayer(chain);
  await payer.open(`${origin}/goods`, 1_000_000n);
  const first = origin;
  const asked = await payer.ask(`${first}/goods`);
  const signed = await Promise.all(Array.from({ length: 30 }, () => payer.pay(asked)));
  const held = new Map<bigint, Bought>();
  const enough = Promise.withResolvers<void>();
  const sent = signed.map(async ({ header, nonce }) => {
    held.set(nonce, await payer.send(`${first}/goods`, header, nonce));
    if (held.size === 10) enough.resolve();
  });
  const all = Promise.allSettled(sent);
  await enough.promise;
  await kill();
  await all;

  origin = await start();
  for (const { header, nonce } of signed) {
    const again = await payer.send(`${origin}/goods`, header, nonce);
    const before = held.get(nonce);
    if (before) expect([again.answer.status, again.receipt]).toEqual([200, before.receipt]);
    // Answered now, answered then and lost on the way, or given up for nothing when the process died.
    else
      expect([again.answer.status, again.receipt?.charged]).toEqual(
        again.answer.status === 200 ? [200, PRICE] : [409, 0n],
      );
  }
  await kill();
  expect(await bookOf(payer.id)).toMatchObject({ charged: payer.earned, reserved: 0n });
});
