/** What every use case of a running provider needs, made once: settings, store, signer, chain, events. */
import type { ChannelContract } from "@tollpass/protocol";
import { finish } from "./accounting.ts";
import { type ChainAccess, chainAccess } from "./chain.ts";
import { createEvents, type Events, type ProviderEvents } from "./events.ts";
import type { Settings } from "./options.ts";
import { type PayeeSigner, payeeSigner } from "./signer.ts";
import type { Store } from "./store.ts";

export interface Context {
  readonly settings: Settings;
  readonly store: Store;
  readonly events: Events;
  readonly signer: PayeeSigner;
  readonly contract: ChannelContract;
  readonly chain: ChainAccess;
  /** Tells the owner: by the event and in the log. */
  warn(warning: ProviderEvents["warning"][0]): void;
}

const recovered = new WeakMap<Store, Promise<void>>();

/**
 * Finishes at cost 0 whatever was being served when the last process died (protocol section 3). Once per store: a
 * second provider on the same store must not finish what the first one is serving.
 */
function recover(store: Store): Promise<void> {
  const running = recovered.get(store);
  if (running) return running;
  const work = (async () => {
    for (const { channelId, nonce } of await store.reserved()) {
      await store.update({ channelId, nonce }, ({ channel, payment }) => {
        if (!channel || payment?.phase !== "reserved") return { result: undefined };
        const book = finish(channel.book, payment.price, 0n);
        return {
          channel: { ...channel, book, latest: nonce },
          payment: { ...payment, phase: "done", charged: 0n, credited: book.credited, finishedAt: Date.now() },
          result: undefined,
        };
      });
    }
  })();
  recovered.set(store, work);
  return work;
}

/** Opens everything. Undefined where no channel contract is known: then prices can be shown and nothing be sold. */
export async function createContext(settings: Settings, events: Events = createEvents()): Promise<Context | undefined> {
  const { store, network, contract: address } = settings;
  if (!address) return undefined;
  await recover(store);
  const contract = { chainId: network.chainId, address };
  return {
    settings,
    store,
    events,
    contract,
    signer: await payeeSigner(store, contract, settings.receiptKey),
    chain: chainAccess({ network, rpcUrls: settings.rpcUrls, contract: address, relayKey: settings.relayKey }),
    warn(warning) {
      settings.log.warn(`[tollpass] ${warning.message}`);
      events.emit("warning", warning);
    },
  };
}
