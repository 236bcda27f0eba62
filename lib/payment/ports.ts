/** What paying needs from the rest of the wallet. */
import type { Hex } from "viem";
import type { ChannelPorts } from "#channels";
import type { QuestionPorts } from "./questions.ts";

/** A small store of JSON values that survives the background, not the browser: `storage.session`. */
export interface SessionStore {
  get(keys: string[]): Promise<Record<string, unknown>>;
  set(items: Record<string, unknown>): Promise<void>;
}

export interface PaymentPorts extends ChannelPorts {
  /** CAIP-2 ids of the networks that may be paid on. */
  readonly enabled: () => readonly string[];
  /** Whether state channels may hold real money. */
  readonly mainnetChannels: () => boolean;
  readonly session: SessionStore;
  readonly questions: QuestionPorts;
  /** 32 random bytes, never the same twice. */
  readonly random: () => Hex;
  /** Something that screens show and that is not in the ledger has changed. */
  readonly changed: () => void;
  /** Calls back after so many milliseconds, if the background is still alive then. */
  readonly later: (milliseconds: number, work: () => void) => void;
  /** A failure that nobody waits for: for the console. */
  readonly report: (what: string, error: unknown) => void;
}
