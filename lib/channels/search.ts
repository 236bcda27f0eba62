/**
 * Finds every channel that the phrase ever opened, from the chain alone, and writes each into the ledger as `restored`:
 * it can be closed or left and is never paid from. How far the search came is kept at rest with each step, so that the
 * background may die at any line.
 */
import { addressSchema, findToken, type Network } from "@tollpass/protocol";
import type { Address, Hex } from "viem";
import { z } from "zod";
import { ChainError, type ChainErrorCode, type FoundChannel } from "#chain";
import { LedgerError } from "#ledger";
import { MOST_ACCOUNTS, VaultError } from "#vault";
import { newChannelRecord } from "./fund.ts";
import type { ChannelPorts } from "./ports.ts";
import { refreshChannels } from "./refresh.ts";

const KEY = "channelSearch";

const count = z.int().nonnegative();

/** The search of one network. Blocks by number, times in milliseconds since 1970. */
const placeSchema = z.object({
  network: z.string(),
  fromBlock: count,
  /** The last block to look at, and the last that was looked at; below `fromBlock` for none. */
  toBlock: count,
  searchedTo: z.int().min(-1),
  /** Channels of ours that were seen, known ones too. */
  found: count,
  /** Those among them whose token this wallet does not know: they are not shown. */
  unlisted: count,
  finishedAt: z.int().optional(),
});

const searchSchema = z.object({
  wantedAt: z.int(),
  /** Absent until the wallet was unlocked: they follow from the phrase. */
  accounts: z.array(addressSchema).optional(),
  places: z.array(placeSchema),
  /** Since when all is done. */
  finishedAt: z.int().optional(),
  /** What keeps it from going on; it is tried again. */
  problem: z.string().optional(),
});
export type SearchState = z.output<typeof searchSchema>;
type Place = SearchState["places"][number];

export interface ChannelSearch {
  /** Begins anew, on each network from the block of the contract's deployment. What was found before stays. */
  want(): Promise<void>;
  /** How far the last search came; undefined if there never was one. */
  state(): Promise<SearchState | undefined>;
  /** Goes on where it stopped, one at a time, until it is done or something keeps it. Never rejects. */
  go(): Promise<void>;
  /** Ends it: once this has resolved, a search that was running writes nothing more and adds no account. */
  forget(): Promise<void>;
}

/** Another search was wanted meanwhile, or none any more. */
class Superseded extends Error {}

/** `changed` is told after each step. */
export function createChannelSearch(ports: ChannelPorts, changed: () => void): ChannelSearch {
  const { ledger, vault, local } = ports;
  let running: Promise<void> | undefined;
  let written: Promise<unknown> = Promise.resolve();

  /** One write after the other: nothing comes between what a write looks at and what it changes. */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const done = written.then(write);
    written = done.catch(() => undefined);
    return done;
  }

  async function state(): Promise<SearchState | undefined> {
    return searchSchema.safeParse((await local.get([KEY]))[KEY]).data;
  }

  /** The search that began at `wantedAt`; throws Superseded where another one was wanted, or none any more. */
  async function current(wantedAt: number): Promise<SearchState> {
    const stored = await state();
    if (stored?.wantedAt !== wantedAt) throw new Superseded();
    return stored;
  }

  /** Writes a change to the search that began at `wantedAt`. */
  async function update(wantedAt: number, change: (search: SearchState) => SearchState): Promise<void> {
    await inTurn(async () => local.set({ [KEY]: change(await current(wantedAt)) }));
    changed();
  }

  async function run(): Promise<void> {
    const search = await state();
    if (!search || search.finishedAt !== undefined) return;
    const { wantedAt } = search;
    try {
      const accounts = search.accounts ?? (await accountsOf());
      await update(wantedAt, ({ problem: _, ...rest }) => ({ ...rest, accounts }));
      for (const network of ports.networks()) {
        if (network.stateChannels) await searchNetwork(wantedAt, network, network.stateChannels.deployBlock, accounts);
      }
      await update(wantedAt, (done) => ({ ...done, finishedAt: ports.now() }));
    } catch (error) {
      if (error instanceof Superseded) return run();
      await update(wantedAt, (stopped) => ({ ...stopped, problem: problemOf(error) })).catch(() => undefined);
    }
  }

  async function accountsOf(): Promise<Address[]> {
    const own = await vault.accounts();
    // All that a wallet can have: the phrase alone does not tell how many there were.
    return [...own, ...(await vault.accountsAhead(Math.max(MOST_ACCOUNTS - own.length, 0)))];
  }

  async function searchNetwork(
    wantedAt: number,
    network: Network,
    fromBlock: number,
    accounts: readonly Address[],
  ): Promise<void> {
    const chain = ports.chainOf(network);
    const place = await placeFor(wantedAt, network, fromBlock);
    if (place.finishedAt !== undefined) return;
    const write = (change: (stored: Place) => Place) =>
      update(wantedAt, (search) => ({
        ...search,
        places: search.places.map((stored) => (stored.network === network.id ? change(stored) : stored)),
      }));
    await chain.findChannels(accounts, {
      fromBlock: BigInt(place.searchedTo + 1),
      toBlock: BigInt(place.toBlock),
      // The ledger first: what is counted here was written there.
      onProgress: async (searchedTo, found) => {
        const unlisted = await take(wantedAt, network, found);
        await write((stored) => ({
          ...stored,
          searchedTo: Number(searchedTo),
          found: stored.found + found.length,
          unlisted: stored.unlisted + unlisted,
        }));
      },
    });
    await write((stored) => ({ ...stored, finishedAt: ports.now() }));
  }

  async function placeFor(wantedAt: number, network: Network, fromBlock: number): Promise<Place> {
    const known = (await state())?.places.find((place) => place.network === network.id);
    if (known) return known;
    const { number } = await ports.chainOf(network).confirmedBlock();
    const place = {
      network: network.id,
      fromBlock,
      toBlock: Math.max(Number(number), fromBlock),
      searchedTo: fromBlock - 1,
      found: 0,
      unlisted: 0,
    };
    await update(wantedAt, (search) => ({ ...search, places: [...search.places, place] }));
    return place;
  }

  /** Writes what is new into the ledger; returns how many have a token that this wallet does not know. */
  async function take(wantedAt: number, network: Network, found: readonly FoundChannel[]): Promise<number> {
    const listed = found.filter(({ channel }) => findToken(network, channel.token));
    const fresh: Hex[] = [];
    for (const each of listed) {
      await inTurn(async () => {
        await current(wantedAt);
        // Of a known channel too: a vault that was made again from the phrase has its first account alone.
        await addAccountsUpTo(each.channel.payer);
        if (await ledger.getChannel(each.id)) return;
        await ledger.putChannel(restoredRecord(network, each, ports.now())).catch((error: unknown) => {
          // It was put there meanwhile.
          if (!(error instanceof LedgerError) || error.code !== "guard") throw error;
        });
        fresh.push(each.id);
      });
    }
    // What it holds now; the next look at the chain tells if this one fails.
    if (fresh.length > 0) await refreshChannels(ports, fresh).catch(() => undefined);
    return found.length - listed.length;
  }

  /** A channel is of use only with its account in the vault. */
  async function addAccountsUpTo(payer: Address): Promise<void> {
    while (!(await vault.accounts()).includes(payer)) {
      if ((await vault.accounts()).length >= MOST_ACCOUNTS) throw new ChainError("bad_answer");
      await vault.addAccount();
    }
  }

  return {
    async want() {
      const wanted: SearchState = { wantedAt: ports.now(), places: [] };
      await inTurn(() => local.set({ [KEY]: wanted }));
      changed();
    },
    state,
    go() {
      running ??= run()
        .catch(() => undefined)
        .finally(() => {
          running = undefined;
        });
      return running;
    },
    async forget() {
      await inTurn(() => forgetSearch(local));
      changed();
    },
  };
}

/** Forgets a search that nobody carries on. */
export function forgetSearch(local: ChannelPorts["local"]): Promise<void> {
  return local.remove([KEY]);
}

function restoredRecord(network: Network, { channel }: FoundChannel, now: number) {
  const address = network.stateChannels?.address;
  if (!address) throw new ChainError("wrong_contract");
  const made = newChannelRecord({
    key: {
      account: channel.payer,
      // The chain does not say at which address the payee sells.
      payeeOrigin: "",
      network: network.id,
      contract: address,
      asset: channel.token,
      payTo: channel.payee,
      payeeSigner: channel.payeeSigner,
    },
    channel,
    contract: { chainId: network.chainId, address },
    receiptsUrl: "",
    relay: false,
    now,
  });
  return { ...made, status: "restored" as const };
}

function problemOf(error: unknown): ChainErrorCode | "locked" | "absent" | "internal" {
  if (error instanceof ChainError) return error.code;
  if (error instanceof VaultError) return error.code === "locked" || error.code === "absent" ? error.code : "internal";
  return "internal";
}
