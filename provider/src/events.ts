/** What a provider tells its owner while it runs. Nothing depends on who listens. */
import { EventEmitter } from "node:events";
import type { Address, Hex } from "viem";

export interface ProviderEvents {
  /** A paid request is finished: `charged` atomic units, 0 if it failed. */
  payment: [{ channelId: Hex; nonce: bigint; charged: bigint; method: string; url: string; status: number }];
  /** A channel was found, topped up, exits or is closed. */
  channel: [{ channelId: Hex; status: "open" | "exiting" | "closing" | "closed"; deposit: bigint }];
  /** A batch was claimed: `paid` atomic units of `token` in one transfer. */
  claim: [{ transaction: Hex; token: Address; paid: bigint; channels: number }];
  /** Something that the owner should know, in words. `code` is stable. */
  warning: [
    {
      code: "gas_low" | "chain_unavailable" | "contract_missing" | "exit_requested" | "close_started" | "claim_failed";
      message: string;
    },
  ];
}

export type Events = EventEmitter<ProviderEvents>;

export const createEvents = (): Events => new EventEmitter<ProviderEvents>();
