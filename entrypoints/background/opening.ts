/** Opens the wallet once, and tries again when it could not be opened: a disk that was full may have room later. */
import type { Wallet } from "./wallet.ts";

/** `T` is a wallet, or what somebody needs of one. */
export class Opening<T = Wallet> {
  readonly #open: () => Promise<T>;
  #current: Promise<T> | undefined;
  readonly #waiting = new Set<(wallet: T) => void>();

  constructor(open: () => Promise<T>) {
    this.#open = open;
    void this.ifThere();
  }

  /** The wallet. Rejects with what stopped it, such as LedgerError `unavailable`. */
  wallet(): Promise<T> {
    this.#current ??= this.#open().then(
      (wallet) => {
        for (const resolve of this.#waiting) resolve(wallet);
        this.#waiting.clear();
        return wallet;
      },
      (error: unknown) => {
        this.#current = undefined;
        throw error;
      },
    );
    return this.#current;
  }

  /** The wallet, or undefined while it cannot be opened: then nothing is paid. */
  ifThere(): Promise<T | undefined> {
    return this.wallet().catch((error: unknown) => {
      console.error("Tollpass cannot open its journal, so it pays nothing", error);
      return undefined;
    });
  }

  /** The wallet once it is there, whenever that is. */
  once(): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      void this.ifThere().then((wallet) => {
        if (wallet && this.#waiting.delete(resolve)) resolve(wallet);
      });
    });
  }
}
