#!/usr/bin/env node
/** `tollpass-watch`: watches the channels of exported bundles from a machine that is always on. */
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { bytes32Schema, parseWatchBundle, type WatchedChannel } from "@tollpass/protocol";
import { createWatchtower, type Deed } from "./watchtower.ts";

const USAGE = `tollpass-watch [--once] [--every SECONDS] [--rpc NETWORK=URL]... BUNDLE.json...

Watches the channels of watch bundles that a Tollpass wallet has exported (Channels, "Export for a watcher").
A close by a site that takes what it had given back is answered with the site's own receipt; a close or an
exit whose time has come is ended. In each case the money goes where the contract says, to the payer first.
A bundle holds nothing that can spend.

  TOLLPASS_GAS_KEY   private key of an account with a little of the network's coin. It pays fees, nothing else
  --rpc NETWORK=URL  JSON-RPC endpoint, such as eip155:84532=https://...; needed where the network is not known
  --every SECONDS    pause between two looks (default 60)
  --once             look once and end: exit code 1 if something could not be done

Bundles are read again at each look: export a new one over the old to keep its receipts new.`;

const say = (text: string) => console.log(`${new Date().toISOString()} ${text}`);
const complain = (text: string) => console.error(`${new Date().toISOString()} ${text}`);

const WORDS: Readonly<Record<Deed["kind"], string>> = {
  challenged: "a false close was answered: all that was left went to the payer",
  finalized: "a close was finalized: the rest went to the payer",
  exited: "an exit was ended: the rest went to the payer",
  failed: "something is due and could not be done",
};

interface Settings {
  readonly bundles: readonly string[];
  readonly once: boolean;
  readonly everySeconds: number;
  readonly rpcUrls: ReadonlyMap<string, string>;
}

function settingsOf(args: readonly string[]): Settings | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      once: { type: "boolean" },
      every: { type: "string", default: "60" },
      rpc: { type: "string", multiple: true, default: [] },
    },
  });
  if (values.help) return "help";
  const everySeconds = Number(values.every);
  if (!(everySeconds >= 1 && everySeconds <= 86_400)) throw new TypeError("--every takes 1 to 86400 seconds.");
  if (positionals.length === 0) throw new TypeError("Name at least one bundle.");
  const rpcUrls = new Map(
    values.rpc.map((given) => {
      const at = given.indexOf("=");
      if (at < 1) throw new TypeError(`--rpc takes NETWORK=URL, not "${given}".`);
      return [given.slice(0, at), given.slice(at + 1)] as const;
    }),
  );
  return { bundles: positionals, once: values.once ?? false, everySeconds, rpcUrls };
}

/** The channels of all bundles that can be read; the last that could be stands in for one that cannot. */
async function readBundles(paths: readonly string[], last: Map<string, readonly WatchedChannel[]>): Promise<boolean> {
  let allRead = true;
  for (const path of paths) {
    try {
      last.set(path, parseWatchBundle(await readFile(path, "utf8")).channels);
    } catch (error) {
      allRead = false;
      complain(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return allRead;
}

async function watch({ bundles, once, everySeconds, rpcUrls }: Settings, gasKey: `0x${string}`): Promise<boolean> {
  const tower = createWatchtower({ gasKey, rpcUrlOf: (network) => rpcUrls.get(network) });
  const read = new Map<string, readonly WatchedChannel[]>();
  for (let first = true; ; first = false) {
    let fine = await readBundles(bundles, read);
    const channels = [...read.values()].flat();
    // A missing endpoint is for the operator to name at the start; later it must not end the watch over the others.
    if (first) tower.expectEndpoints(channels);
    try {
      for (const { channelId, kind, transaction, detail } of await tower.look(channels)) {
        if (kind === "failed") fine = false;
        (kind === "failed" ? complain : say)(`${channelId}: ${WORDS[kind]} ${transaction ?? detail ?? ""}`.trimEnd());
      }
      if (once) say(`looked at ${channels.length} channel${channels.length === 1 ? "" : "s"}`);
    } catch (error) {
      fine = false;
      complain(`the chain could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (once) return fine;
    await pause(everySeconds * 1_000);
  }
}

try {
  const settings = settingsOf(process.argv.slice(2));
  if (settings === "help") console.log(USAGE);
  else {
    const key = bytes32Schema.safeParse(process.env.TOLLPASS_GAS_KEY);
    if (!key.success) throw new TypeError("TOLLPASS_GAS_KEY is missing: 0x and 64 hexadecimal digits.");
    process.exitCode = (await watch(settings, key.data)) ? 0 : 1;
  }
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
