/**
 * What all chaos of one process shares: a chain, a shop that can die behind a hostile server, a seller of the `exact`
 * scheme, and one funded account whose vault every new profile starts with.
 */
import type { Network } from "@tollpass/protocol";
import type { Address } from "viem";
import { type LocalChain, localNetwork, startChain } from "../../../../demo/chain/index.ts";
import { startPartnerDesk, TIDES } from "../../../../demo/site/partner.ts";
import { ASSETS } from "../../../../demo/site/routes.ts";
import { type HostileProvider, standBefore } from "../hostile.ts";
import { type Disk, newDisk, startWallet } from "../wallet.ts";
import { MortalShop } from "./mortalShop.ts";

/** What a page of the shop costs, in atomic units. */
export const PRICE = 20_000n;
/** $1,000,000: more than all lives of one process can spend. */
const PURSE = 1_000_000_000_000n;

export interface Stage {
  readonly chain: LocalChain;
  readonly network: Network;
  readonly shop: MortalShop;
  /** The server that pages are asked from: the shop behind it may die, its answers may be lost. */
  readonly provider: HostileProvider;
  readonly partner: { readonly provider: HostileProvider; readonly payTo: Address };
  readonly address: Address;
  /** Ids of channels that belonged to earlier readers: a late request of theirs is nobody's now. */
  readonly retired: Set<string>;
  /** A number that no other reader has. */
  nextReader(): number;
  /** A profile with an unlocked vault and an empty journal. */
  newDisk(): Promise<Disk>;
  /** What `storage.session` holds after the wallet was unlocked. */
  unlockedSession(): Promise<Disk["session"]>;
  close(): Promise<void>;
}

export const goodsAt = (path: string): string => `this is ${path}`;

export async function openStage(): Promise<Stage> {
  const chain = await startChain();
  const network = localNetwork(chain);
  const provider = await standBefore("http://127.0.0.1");
  const shop = await MortalShop.open({
    chain,
    table: { "/news/*": "$0.02" },
    goods: goodsAt,
    moved: provider.moveTo,
  });
  const desk = await startPartnerDesk(chain, ASSETS);
  const partner = await standBefore(desk.url);
  const template = newDisk();
  const maker = await startWallet([network], { disk: template });
  maker.kill();
  await chain.mint(maker.address, PURSE);
  let readers = 0;
  const unlockedSession = async () => {
    const { session } = newDisk();
    await session.set(await template.session.get(null));
    return session;
  };
  return {
    chain,
    network,
    shop,
    provider,
    partner: { provider: partner, payTo: desk.payTo },
    address: maker.address,
    retired: new Set(),
    nextReader() {
      readers += 1;
      return readers;
    },
    async newDisk() {
      const disk = newDisk();
      await disk.local.set(await template.local.get(null));
      return { ...disk, session: await unlockedSession() };
    },
    unlockedSession,
    async close() {
      await Promise.all([provider.close(), partner.close()]);
      await Promise.all([shop.close(), desk.close()]);
      await chain.close();
    },
  };
}

/** The path of the seller of `exact`; each query is a page of its own. */
export const exactPath = (page: string): string => `${TIDES}?${page}`;
