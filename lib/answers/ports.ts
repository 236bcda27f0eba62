/** What answering a screen needs: every room of the wallet, and the few things of the browser around them. */
import type { Network } from "@tollpass/protocol";
import type { Address } from "viem";
import type { Chain } from "#chain";
import type { ChannelPorts, ChannelSearch } from "#channels";
import type { Ledger } from "#ledger";
import type { Topic } from "#messages";
import type { Payments } from "#payment";
import type { Vault } from "#vault";

export interface AnswerPorts {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly payments: Payments;
  readonly channels: ChannelPorts;
  readonly search: ChannelSearch;
  readonly networks: () => readonly Network[];
  /** The network whose money the wallet shows. */
  readonly home: () => Network;
  readonly chainOf: (network: Network) => Chain;
  readonly now: () => number;
  readonly version: string;
  /** Origin of the page in a tab, or undefined for a page that is no website. */
  readonly siteOfTab: (tabId: number) => Promise<string | undefined>;
  readonly announce: (topic: Topic) => void;
  /** Test dollars for an address, where the build has a faucet. */
  readonly faucet: ((network: Network, address: Address) => Promise<void>) | undefined;
}
