/**
 * A whole wallet in one Node process, for tests: the real ledger over an IndexedDB in memory, the real vault, the real
 * chain and providers; only the browser is played, by `PlayedBrowser`. It can be killed at any moment and started again
 * on what it left on its disk.
 */
import type { Network } from "@tollpass/protocol";
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { type Address, bytesToHex } from "viem";
import { createChain } from "#chain";
import { type Ledger, openLedger } from "#ledger";
import { createPayments, type PaymentPorts, type Payments } from "#payment";
import { createVault, type StorageArea, type Vault } from "#vault";
import { memoryArea } from "../../vault/memoryArea.ts";

export const PASSWORD = "correct horse";

/** What survives the background. `session` survives it too, but not the browser. */
export interface Disk {
  readonly indexedDB: IDBFactory;
  readonly local: StorageArea;
  readonly session: StorageArea;
}

export function newDisk(): Disk {
  return { indexedDB: new IDBFactory(), local: memoryArea(), session: memoryArea() };
}

/** Lets a test stand between the wallet and its ports: to fail, to die, to count. */
type Wrap = (ports: PaymentPorts) => PaymentPorts;

/** No timer rings, and no limit of time ends a request: what never answers is waited for until the test is over. */
export const withoutTime: Wrap = (ports) => ({
  ...ports,
  later: () => undefined,
  fetch: (url, init) => ports.fetch(url, { ...init, signal: null }),
});

export interface TestWallet {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly payments: Payments;
  readonly ports: PaymentPorts;
  readonly disk: Disk;
  readonly address: Address;
  /** Ids of the questions whose window was opened. */
  readonly shown: string[];
  /** Resolves with the id of the next question that opens a window. */
  asked(): Promise<string>;
  /** What was reported as a failure that nobody waits for. */
  readonly reports: { what: string; error: unknown }[];
  /** Ends this life of the background: timers stop, the database is closed. Nothing is tidied up. */
  kill(): void;
}

export interface WalletOptions {
  readonly disk?: Disk;
  readonly wrap?: Wrap;
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
  readonly unlocked?: boolean;
}

/** Starts a background on a disk; the first time it makes an unlocked vault. */
export async function startWallet(networks: readonly Network[], options: WalletOptions = {}): Promise<TestWallet> {
  const disk = options.disk ?? newDisk();
  const now = options.now ?? (() => Date.now());
  const vault = createVault({ local: disk.local, session: disk.session, now });
  if ((await vault.status()) === "absent") await vault.create(PASSWORD);
  if (options.unlocked === false) await vault.lock();
  const ledger = await openLedger({
    indexedDB: disk.indexedDB,
    IDBKeyRange,
    now,
    randomId: () => crypto.randomUUID(),
  });
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let alive = true;
  const shown: string[] = [];
  const waiting = new Set<(id: string) => void>();
  const reports: TestWallet["reports"] = [];
  const [home] = networks;
  const own: PaymentPorts = {
    ledger,
    vault,
    networks: () => networks,
    chainOf: (network) => createChain(network),
    fetch: options.fetch ?? fetch,
    local: disk.local,
    now,
    enabled: () => (home ? [home.id] : []),
    mainnetChannels: () => false,
    session: disk.session,
    questions: {
      show(id) {
        shown.push(id);
        for (const resolve of waiting) resolve(id);
        waiting.clear();
      },
      hide: () => undefined,
      changed: () => undefined,
      newId: () => crypto.randomUUID(),
    },
    random: () => bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
    changed: () => undefined,
    later(milliseconds, work) {
      if (!alive) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, milliseconds);
      timers.add(timer);
    },
    report: (what, error) => void reports.push({ what, error }),
  };
  const ports = options.wrap?.(own) ?? own;
  const [address] = await vault.accounts();
  if (!address) throw new RangeError("a vault has an account");
  return {
    ledger,
    vault,
    payments: createPayments(ports),
    ports,
    disk,
    address,
    shown,
    asked: () => new Promise((resolve) => waiting.add(resolve)),
    reports,
    kill() {
      alive = false;
      for (const timer of timers) clearTimeout(timer);
      ledger.close();
    },
  };
}
