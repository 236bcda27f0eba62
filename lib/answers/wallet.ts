/** What the screens are told about the wallet's own money and its settings. */
import { formatUnits, ProtocolError, parsePrice } from "@tollpass/protocol";
import { ChainError } from "#chain";
import type { Handlers, WalletView } from "#messages";
import { moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";
import { vaultProblem } from "./status.ts";

/** Decimals in which the daily ceiling is kept: millionths of a dollar. */
const CEILING_DECIMALS = 6;

type Balances = readonly [token: bigint, native: bigint] | "unreachable";

/** The last answer that came too late for who asked. */
interface Late {
  readonly key?: string;
  readonly said?: Balances;
  readonly at: number;
}

/** How long a late answer is good for, in milliseconds. */
const KEPT = 5_000;
/** How long a screen waits for balances, in milliseconds. */
const PATIENCE = 1_000;

function patience(): Promise<"slow"> {
  return new Promise((resolve) => setTimeout(() => resolve("slow"), PATIENCE));
}

async function walletView(ports: AnswerPorts, late: Late): Promise<WalletView | { problem: string }> {
  const { vault, ledger } = ports;
  const network = ports.home();
  const [token] = network.tokens;
  const status = await vault.status();
  if (!token || status === "absent" || status === "damaged") return { problem: "absent" };
  const [address] = await vault.accounts();
  if (!address) return { problem: "absent" };
  const totals = await ledger.walletTotals();
  const money = (atomic: bigint) => moneyOf(ports.networks(), network.id, token.address, atomic);
  const dollars = (micro: bigint) => ({ atomic: micro.toString(), decimals: 6, symbol: "USD", dollar: true });
  const inChannels = totals.channels
    .filter((sum) => sum.network === network.id && sum.asset === token.address)
    .reduce((sum, { deposit, pending }) => sum + deposit + pending, 0n);
  const chain = ports.chainOf(network);
  const asked: Promise<Balances> = Promise.all([
    chain.tokenBalance(token.address, address),
    chain.nativeBalance(address),
  ]).catch((error: unknown) => {
    if (error instanceof ChainError) return "unreachable" as const;
    throw error;
  });
  // The address is shown at once; what a slow chain says is kept for the screens that are then told to look again.
  const key = `${network.id} ${address}`;
  const kept = late.key === key && ports.now() - late.at < KEPT ? late.said : undefined;
  const first = kept ?? (await Promise.race([asked, patience()]));
  if (first === "slow") {
    void asked.then((said) => {
      Object.assign(late, { key, said, at: ports.now() });
      ports.announce("wallet");
    });
  }
  const balances = typeof first === "string" ? undefined : first;
  const native = { decimals: 18, symbol: "ETH", dollar: false };
  return {
    address,
    network: { id: network.id, name: network.name, testnet: network.testnet },
    ...(balances ? { balance: money(balances[0]), native: { ...native, atomic: balances[1].toString() } } : {}),
    inChannels: money(inChannels),
    spentToday: dollars(totals.dollarsToday),
    dailyCeiling: dollars(totals.policy.dailyCeiling ?? 0n),
    unreachable: first === "unreachable",
  };
}

type WalletAnswers = Pick<Handlers, "wallet.get" | "wallet.faucet" | "settings.get" | "settings.set">;

export function walletAnswers(ports: AnswerPorts): WalletAnswers {
  const { vault, ledger, faucet } = ports;
  const late: Late = { at: 0 };
  return {
    "wallet.get": () => walletView(ports, late),
    "wallet.faucet": async () => {
      const [address] = await vault.accounts();
      if (!faucet || !address) return { problem: "no_faucet" };
      try {
        await faucet(ports.home(), address);
      } catch {
        return { problem: "rpc_unreachable" };
      }
      ports.announce("wallet");
      return { done: true };
    },
    "settings.get": async () => {
      const [{ policy }, minutes] = await Promise.all([ledger.walletTotals(), vault.autoLockMinutes()]);
      return {
        autoLockMinutes: minutes ?? 0,
        dailyCeiling: policy.dailyCeiling === null ? "" : formatUnits(policy.dailyCeiling, CEILING_DECIMALS),
      };
    },
    "settings.set": async ({ autoLockMinutes, dailyCeiling }) => {
      try {
        const text = dailyCeiling.trim();
        const ceiling = text === "" ? null : parsePrice(text, CEILING_DECIMALS);
        await vault.setAutoLock(autoLockMinutes === 0 ? null : autoLockMinutes);
        await ledger.setGlobal({ dailyCeiling: ceiling });
      } catch (error) {
        if (error instanceof ProtocolError) return { problem: "malformed" };
        return vaultProblem(error, ports.now());
      }
      ports.announce("status");
      ports.payments.lookAgain();
      return { done: true };
    },
  };
}
