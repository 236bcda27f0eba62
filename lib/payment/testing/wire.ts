/** What the payments that reached a server said: the only witness of what was signed that no death can touch. */
import { decodePaymentSignature } from "@tollpass/protocol";

/** One state of a channel that a server saw. Totals in atomic units. */
export interface SeenState {
  readonly channelId: string;
  readonly nonce: bigint;
  readonly owed: bigint;
  readonly credited: bigint;
}

export interface Witness {
  readonly states: readonly SeenState[];
  /** EIP-3009 nonces of `exact` payments, by the path that they paid for. */
  readonly authorizations: ReadonlyMap<string, ReadonlySet<string>>;
  /** Nonces that came with two different messages. */
  readonly contradictions: readonly string[];
}

type Fields = Readonly<Record<string, string>>;

/** Reads every PAYMENT-SIGNATURE that arrived, in their order. */
export function witness(arrived: readonly { readonly path: string; readonly payment: string | undefined }[]): Witness {
  const messages = new Map<string, string>();
  const states: SeenState[] = [];
  const authorizations = new Map<string, Set<string>>();
  const contradictions: string[] = [];
  for (const { path, payment } of arrived) {
    if (payment === undefined) continue;
    const { payload } = decodePaymentSignature(payment);
    const state = payload.state as Fields | undefined;
    const authorization = payload.authorization as Fields | undefined;
    if (state) {
      const { channelId = "", nonce = "", owed = "", credited = "" } = state;
      const key = `${channelId} ${nonce}`;
      const message = JSON.stringify([state, payload.signature]);
      if ((messages.get(key) ?? message) !== message) contradictions.push(`nonce ${nonce} of channel ${channelId}`);
      messages.set(key, message);
      states.push({ channelId, nonce: BigInt(nonce), owed: BigInt(owed), credited: BigInt(credited) });
    } else if (authorization?.nonce !== undefined) {
      const known = authorizations.get(path) ?? new Set();
      authorizations.set(path, known.add(authorization.nonce));
    }
  }
  return { states, authorizations, contradictions };
}
