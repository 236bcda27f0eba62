/** What the screens are told about the wallet's own money and its settings. */
import { formatUnits, ProtocolError, parsePrice } from "@tollpass/protocol";
import { ChainError } from "#chain";
import type { Handlers, WalletView } from "#messages";
import { moneyOf } from "./money.ts";
import type { AnswerPorts } from "./ports.ts";
import { vaultProblem } from "./status.ts";

/** Decimals in which the daily ceiling is kept: millionths of a dollar. */
const CEILING_DECIMALS = 6;

async function walletView(ports: AnswerPorts): Promise<WalletView | { problem: string }> {
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
  const balances = await Promise.all([chain.tokenBalance(token.address, address), chain.nativeBalance(address)]).catch(
    (error: unknown) => {
      if (error instanceof ChainError) return undefined;
      throw error;
    },
  );
  const native = { decimals: 18, symbol: "ETH", dollar: false };
  return {
    address,
    network: { id: network.id, name: network.name, testnet: network.testnet },
    ...(balances ? { balance: money(balances[0]), native: { ...native, atomic: balances[1].toString() } } : {}),
    inChannels: money(inChannels),
    spentToday: dollars(totals.dollarsToday),
    dailyCeiling: dollars(totals.policy.dailyCeiling ?? 0n),
    unreachable: balances === undefined,
  };
}

type WalletAnswers = Pick<Handlers, "wallet.get" | "wallet.faucet" | "settings.get" | "settings.set">;

export function walletAnswers(ports: AnswerPorts): WalletAnswers {
  const { vault, ledger, faucet } = ports;
  return {
    "wallet.get": () => walletView(ports),
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
