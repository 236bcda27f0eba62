/** A store that forgets: for tests and experiments. A provider refuses to run on it in production. */
import type { Hex } from "viem";
import type { ChannelRecord, PaymentRecord, Store } from "./store.ts";

/** Everything in this process's memory. Atomic, not durable: a restart loses every payment not yet claimed. */
export function memoryStore(): Store {
  const channels = new Map<Hex, ChannelRecord>();
  const payments = new Map<string, PaymentRecord>();
  const secrets = new Map<string, Hex>();
  const key = (channelId: Hex, nonce: bigint) => `${channelId}/${nonce}`;
  return {
    atomic: true,
    durable: false,
    // Nothing asynchronous happens between reading and writing, so no other change can come between them.
    async update({ channelId, nonce }, change) {
      const { channel, payment, result } = change({
        channel: channels.get(channelId),
        payment: nonce === undefined ? undefined : payments.get(key(channelId, nonce)),
      });
      if (channel) channels.set(channel.id, channel);
      if (payment) payments.set(key(payment.channelId, payment.nonce), payment);
      return result;
    },
    channel: async (channelId) => channels.get(channelId),
    channels: async () => [...channels.values()],
    payment: async (channelId, nonce) => payments.get(key(channelId, nonce)),
    payments: async (limit) =>
      [...payments.values()]
        .filter((payment) => payment.phase === "done")
        .sort((a, b) => b.finishedAt - a.finishedAt)
        .slice(0, limit),
    reserved: async () => [...payments.values()].filter((payment) => payment.phase === "reserved"),
    async secret(name, make) {
      const known = secrets.get(name) ?? make();
      secrets.set(name, known);
      return known;
    },
    async dropBodies(time) {
      for (const [id, payment] of payments) {
        if (payment.body && payment.finishedAt < time) payments.set(id, { ...payment, body: undefined });
      }
    },
    async close() {},
  };
}
