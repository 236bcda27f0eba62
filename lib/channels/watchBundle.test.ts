/**
 * The wallet has vanished, and another machine holds what it exported: the real `tollpass-watch` process on a real chain
 * brings everything back that is the payer's, and the file that it was given could not have spent a unit.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseWatchBundle, stateChannelsAbi } from "@tollpass/protocol";
import { createPublicClient, createWalletClient, type Hex, http, toHex } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodePlan, stateSigning } from "#schemes";
import { load } from "../payment/testing/browser.ts";
import { allow, openScene, PURSE, type Scene } from "../payment/testing/scene.ts";
import { PASSWORD, type TestWallet } from "../payment/testing/wallet.ts";
import { exitChannel, exportWatchBundle, sign } from "./index.ts";

const PRICE = 20_000n;
const COIN = 10n ** 18n;
const DAY = 86_400;
const cli = fileURLToPath(new URL("../../provider/src/watchtower/cli.ts", import.meta.url));
let scene: Scene;
let wallet: TestWallet;
let folder: string;
let daemons: ChildProcess[];

const buy = async (path: string) => {
  await load(wallet.payments, `${scene.provider.origin}${path}`);
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
};
const own = async () => {
  const [record] = await wallet.ledger.listChannels();
  if (!record) throw new RangeError("a channel was opened");
  return record;
};

beforeEach(async () => {
  daemons = [];
  folder = mkdtempSync(join(tmpdir(), "watch-"));
  scene = await openScene();
  wallet = await scene.wallet();
  const allowed = allow(wallet);
  await buy("/news/first");
  await allowed;
  await expect.poll(() => wallet.ledger.unsettled()).toEqual([]);
  await scene.chain.setGas(scene.chain.accounts.bob.address, COIN);
});
afterEach(async () => {
  for (const daemon of daemons) {
    const gone = once(daemon, "exit");
    if (daemon.kill()) await gone;
  }
  wallet.kill();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The process and what it needs to run, with the key of an account that has nothing but gas. */
function command(bundle: string, ...options: string[]) {
  const path = join(folder, "bundle.json");
  writeFileSync(path, bundle);
  const key = toHex(scene.chain.accounts.bob.getHdKey().privateKey ?? new Uint8Array());
  return {
    args: [cli, ...options, "--rpc", `eip155:${scene.chain.chainId}=${scene.chain.rpcUrl}`, path],
    env: { ...process.env, TOLLPASS_GAS_KEY: key },
  };
}
async function lookOnce(bundle: string) {
  const { args, env } = command(bundle, "--once");
  return promisify(execFile)(process.execPath, args, { env });
}

/** The payee closes with the state of the n-th payment, at all that it owes. */
async function closer(n: number): Promise<() => Promise<void>> {
  const { payments } = await wallet.ledger.history({ limit: 10 });
  const plan = decodePlan(String(payments.toReversed()[n]?.plan));
  if (plan.scheme !== "state-channel") throw new RangeError("a channel paid");
  const { rpcUrl, viemChain, accounts, stateChannels } = scene.chain;
  const signature = await sign(wallet.vault, stateSigning(plan.contract, plan.channel, plan.state));
  return async () => {
    const payee = createWalletClient({ account: accounts.payee, chain: viemChain, transport: http(rpcUrl) });
    const hash = await payee.writeContract({
      address: stateChannels,
      abi: stateChannelsAbi,
      functionName: "startClose",
      args: [plan.channel, plan.state, plan.state.owed, signature],
    });
    const { status } = await createPublicClient({ transport: http(rpcUrl) }).waitForTransactionReceipt({ hash });
    expect(status).toBe("success");
  };
}

const inContract = () => scene.chain.balanceOf(scene.chain.stateChannels);
const ofPayer = () => scene.chain.balanceOf(wallet.address);

test("the payee closes falsely while the wallet is gone: the daemon proves it, and the payer gets everything", async () => {
  await buy("/fails");
  const bundle = await exportWatchBundle(wallet.ports);
  const closeFalsely = await closer(1);
  wallet.kill();

  const { args, env } = command(bundle, "--every", "1");
  const daemon = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  daemons.push(daemon);
  const lines: string[] = [];
  daemon.stdout?.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
  await closeFalsely();
  await expect.poll(inContract, { timeout: 20_000 }).toBe(0n);
  expect(await ofPayer()).toBe(PURSE);
  await expect.poll(() => lines.join(""), { timeout: 10_000 }).toContain("a false close was answered");
});

test("an honest close is left alone until its time is over, then ended: each gets its part", async () => {
  const bundle = await exportWatchBundle(wallet.ports);
  const closeHonestly = await closer(0);
  wallet.kill();
  await closeHonestly();
  expect((await lookOnce(bundle)).stdout).toContain("looked at 1 channel");
  expect(await inContract()).toBeGreaterThan(0n);
  await scene.chain.advance(2 * DAY);
  expect((await lookOnce(bundle)).stdout).toContain("a close was finalized");
  expect(await ofPayer()).toBe(PURSE - PRICE);
  expect(await inContract()).toBe(0n);
});

test("an exit is ended when it is due, and not before", async () => {
  const { id, terms } = await own();
  await exitChannel(wallet.ports, id, { ownGas: false });
  const bundle = await exportWatchBundle(wallet.ports);
  wallet.kill();
  await lookOnce(bundle);
  expect(await inContract()).toBeGreaterThan(0n);
  await scene.chain.advance(terms.exitDelay + 1);
  expect((await lookOnce(bundle)).stdout).toContain("an exit was ended");
  expect(await inContract()).toBe(0n);
  expect(await ofPayer()).toBeGreaterThanOrEqual(PURSE - PRICE);
});

test("a contract that is not there is reported, and keeps no other channel from being brought home", async () => {
  const bundle = JSON.parse(await exportWatchBundle(wallet.ports));
  const closeHonestly = await closer(0);
  wallet.kill();
  await closeHonestly();
  await scene.chain.advance(2 * DAY);
  const [channel] = bundle.channels;
  const { proof: _, ...elsewhere } = { ...channel, contract: `0x${"ab".repeat(20)}` };
  const both = JSON.stringify({ ...bundle, channels: [elsewhere, channel, channel] });
  await expect(lookOnce(both)).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining("a close was finalized"),
    stderr: expect.stringContaining("could not be done"),
  });
  expect(await inContract()).toBe(0n);
});

test("a channel that one server calls closed is watched on for as long as that is doubted", async () => {
  const { id } = await own();
  await wallet.ledger.updateChannel(id, () => ({ status: "closed", closedAt: wallet.ports.now() }));
  expect(parseWatchBundle(await exportWatchBundle(wallet.ports)).channels).toHaveLength(1);
  await wallet.ledger.updateChannel(id, () => ({ closedAt: wallet.ports.now() - 8 * DAY * 1_000 }));
  expect(parseWatchBundle(await exportWatchBundle(wallet.ports)).channels).toEqual([]);
});

test("the file holds terms and receipts and no secret: no phrase, no key, no signature of the payer", async () => {
  await buy("/fails");
  const bundle = await exportWatchBundle(wallet.ports);
  const { latestReceipt, terms, id } = await own();
  expect(parseWatchBundle(bundle).channels).toMatchObject([{ channel: terms, proof: { receipt: { channelId: id } } }]);
  for (const word of (await wallet.vault.revealPhrase(PASSWORD)).split(" ")) {
    expect(bundle).not.toMatch(new RegExp(`\\b${word}\\b`, "i"));
  }
  // Whatever is as long as a key or a signature is one of these, and each of them is public or the payee's.
  const long = new Set([...bundle.toLowerCase().matchAll(/[0-9a-f]{64,}/g)].map(([hex]) => `0x${hex}`));
  const known = new Set(
    [id, terms.salt, latestReceipt?.ref, latestReceipt?.signature].map((hex) => hex?.toLowerCase()),
  );
  expect(long).toEqual(known);
  const kept = JSON.stringify([await wallet.disk.session.get(null), await wallet.disk.local.get(null)]);
  const secrets = [...kept.matchAll(/0x[0-9a-f]{64}/gi)].map(([hex]) => hex.toLowerCase() as Hex);
  expect(secrets.length).toBeGreaterThan(2);
  // Session keys are kept under the salt of their channel, which is in the terms.
  expect(secrets.filter((secret) => long.has(secret) && secret !== terms.salt)).toEqual([]);
});

test("what is no bundle, no key or no network ends with a word and a code", async () => {
  const bundle = await exportWatchBundle(wallet.ports);
  const secretInside = JSON.stringify({ ...JSON.parse(bundle), privateKey: `0x${"11".repeat(32)}` });
  await expect(lookOnce(secretInside)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("the whole") });
  await expect(lookOnce("nonsense")).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("no JSON") });
  const { args, env } = command(bundle, "--once");
  const { TOLLPASS_GAS_KEY: _, ...without } = env;
  const noKey = promisify(execFile)(process.execPath, args, { env: without });
  await expect(noKey).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("TOLLPASS_GAS_KEY is missing"),
  });
  const noNetwork = promisify(execFile)(process.execPath, [cli, "--once", args.at(-1) ?? ""], { env });
  await expect(noNetwork).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("not a known network") });
});
