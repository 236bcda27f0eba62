/** Everything of the demo but the browser: the local chain and the newspaper with its partner. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalChain, startChain } from "./chain/index.ts";
import { type Site, startSite } from "./site/index.ts";

export interface Stage {
  readonly chain: LocalChain;
  readonly site: Site;
  /** For everything that this run writes; gone when the process ends. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts chain and site on free ports. `say` gets a line for each. */
export async function raiseStage(say: (text: string) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "tollpass-demo-"));
  // Also when the process ends without close(): a browser's own signal handlers may be quicker than ours.
  const discard = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.once("exit", discard);
  say("starting a local chain");
  const chain = await startChain();
  say("printing The Toll Times");
  const site = await startSite({ chain, folder });
  return {
    chain,
    site,
    folder,
    async close() {
      await site.close();
      await chain.close();
      discard();
      process.removeListener("exit", discard);
    },
  };
}
