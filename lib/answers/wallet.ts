/** What the screens are told about the wallet's own money and its settings. */
import { formatUnits, ProtocolError, parsePrice } from "@tollpass/protocol";
import type { Address } from "viem";
import { ChainError } from "#chain";
import type { AccountView, Handlers, WalletView } from "#messages";
import { moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";
import { vaultProblem } from "./status.ts";

/** Decimals in which the daily ceiling is kept: millionths of a dollar. */
const CEILING_DECIMALS = 6;

/** Of each account in its order. */
type Balances = readonly (readonly [token: bigint, native: bigint])[] | "unreachable";

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

/** The account that pays new sites. */
function inUse(accounts: readonly Address[], chosen: Address | undefined): Address | undefined {
  return accounts.find((account) => account.toLowerCase() === chosen?.toLowerCase()) ?? accounts[0];
}

async function walletView(ports: AnswerPorts, late: Late): Promise<WalletView | { problem: string }> {
  const { vault, ledger } = ports;
  const network = ports.home();
  const [token] = network.tokens;
  const status = await vault.status();
  if (!token || status === "absent" || status === "damaged") return { problem: "absent" };
  const accounts = await vault.accounts();
  const totals = await ledger.walletTotals();
  const address = inUse(accounts, totals.policy.account);
  if (!address) return { problem: "absent" };
  const money = (atomic: bigint) => moneyOf(ports.networks(), network.id, token.address, atomic);
  const usd = (micro: bigint) => ({ atomic: micro.toString(), decimals: 6, symbol: "USD", dollar: true });
  const inChannels = totals.channels
    .filter((sum) => sum.network === network.id && sum.asset === token.address)
    .reduce((sum, { deposit, pending }) => sum + deposit + pending, 0n);
  const chain = ports.chainOf(network);
  const asked: Promise<Balances> = Promise.all(
    accounts.map((each) => Promise.all([chain.tokenBalance(token.address, each), chain.nativeBalance(each)])),
  ).catch((error: unknown) => {
    if (error instanceof ChainError) return "unreachable" as const;
    throw error;
  });
  // The address is shown at once; what a slow chain says is kept for the screens that are then told to look again.
  const key = `${network.id} ${accounts.join(" ")}`;
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
  const views = accounts.map((each, index): AccountView => {
    const [dollars, coins] = balances?.[index] ?? [];
    if (dollars === undefined || coins === undefined) return { address: each };
    return { address: each, balance: money(dollars), native: { ...native, atomic: coins.toString() } };
  });
  return {
    ...(views.find((each) => each.address === address) ?? { address }),
    accounts: views,
    network: { id: network.id, name: network.name, testnet: network.testnet },
    inChannels: money(inChannels),
    spentToday: usd(totals.dollarsToday),
    dailyCeiling: usd(totals.policy.dailyCeiling ?? 0n),
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
      const [accounts, { policy }] = await Promise.all([vault.accounts(), ledger.walletTotals()]);
      const address = inUse(accounts, policy.account);
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
        tolerancePercent: policy.tolerancePercent,
      };
    },
    "settings.set": async ({ autoLockMinutes, dailyCeiling, tolerancePercent }) => {
      try {
        const text = dailyCeiling.trim();
        const ceiling = text === "" ? null : parsePrice(text, CEILING_DECIMALS);
        await vault.setAutoLock(autoLockMinutes === 0 ? null : autoLockMinutes);
        await ledger.setGlobal({ dailyCeiling: ceiling, tolerancePercent });
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
