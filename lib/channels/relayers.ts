/** Servers that the person names to send exits to the chain where a site is gone. They see a channel's public terms. */

import { z } from "zod";
import type { StorageArea } from "#vault";

const KEY = "relayers";
/** The most that the list holds. */
export const MAX_RELAYERS = 8;
/** Where every provider has its channel endpoints. */
const CHANNELS_PATH = "/.well-known/x402/channels";

const storedSchema = z.array(z.string()).max(MAX_RELAYERS);

/** Addresses of the servers, in the order in which they are asked. */
export async function relayersOf(local: StorageArea): Promise<readonly string[]> {
  return storedSchema.safeParse((await local.get([KEY]))[KEY]).data ?? [];
}

/** Replaces the list; each is https, or http on this computer. Returns the first that is not, and then changes nothing. */
export async function setRelayers(local: StorageArea, addresses: readonly string[]): Promise<string | undefined> {
  const kept: string[] = [];
  for (const address of addresses) {
    const clean = relayerAddress(address);
    if (clean === undefined) return address;
    if (!kept.includes(clean)) kept.push(clean);
  }
  await local.set({ [KEY]: storedSchema.parse(kept) });
  return undefined;
}

/** The wallet was deleted: nobody is named any more. */
export function forgetRelayers(local: StorageArea): Promise<void> {
  return local.remove([KEY]);
}

/** The origin, and the path if the server lives below one; undefined where it is not an address to trust. */
function relayerAddress(text: string): string | undefined {
  const trimmed = text.trim();
  const url = URL.parse(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  if (!url || url.username || url.password || url.search || url.hash) return undefined;
  const local = url.hostname === "localhost" || url.hostname === "127.0.0.1" || url.hostname === "[::1]";
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local)) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** Base URL of the channel endpoints of a site or relayer; undefined if that is no address. */
export function channelsUrlOf(address: string): string | undefined {
  const clean = relayerAddress(address);
  if (clean === undefined) return undefined;
  return clean.endsWith(CHANNELS_PATH) ? clean : `${clean}${CHANNELS_PATH}`;
}
