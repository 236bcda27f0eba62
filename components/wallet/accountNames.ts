/** How accounts are called on screens: by their number, with the ends of the address where they must be told apart. */
import type { Money } from "#messages";
import { say } from "../money/index.ts";

interface Account {
  readonly address: string;
  readonly balance?: Money | undefined;
}

export const sayAccount = (index: number): string => `Account ${index + 1}`;

export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`;

/** For a list to choose from. */
export function accountOptions(accounts: readonly Account[]): { id: string; name: string }[] {
  return accounts.map(({ address, balance }, index) => ({
    id: address,
    name: `${sayAccount(index)} · ${balance ? say(balance) : shortAddress(address)}`,
  }));
}
