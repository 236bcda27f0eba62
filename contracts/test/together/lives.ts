// Lives one after another on one chain, each from the same beginning: drawn from a seed, shrunk where one goes wrong.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { parseChallenge } from "@tollpass/protocol";
import { memoryStore, sqliteStore } from "@tollpass/provider";
import fc from "fast-check";
import { erc20Abi, maxUint256, pad, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { ChannelOffer } from "#schemes";
import { localNetwork } from "../../../demo/chain/index.ts";
import { openStage, type Stage } from "../stories/stage.ts";
import { act } from "./acts.ts";
import { checkBooks } from "./books.ts";
import { endAndJudge } from "./ending.ts";
import { type Fault, NO_FAULT } from "./faults.ts";
import { type Figures, noFigures } from "./figures.ts";
import { RECEIPT_KEY } from "./lies.ts";
import { Life } from "./life.ts";
import { Reader } from "./reader.ts";
import { ORIGIN, openShop, ROUTE_NAMES, type RouteName } from "./shop.ts";
import { type LifePlan, lifePlan } from "./steps.ts";

/** What every reader has, in atomic units. */
const PURSE = 1_000n;
/** A life takes about a second; one that takes so long waits for what never comes. In milliseconds. */
const PATIENCE = 180_000;
const IDENTITY = {
  account: privateKeyToAccount(pad("0xacc", { size: 32 })),
  session: privateKeyToAccount(pad("0x5e5", { size: 32 })),
  salt: pad(toHex("together"), { size: 32 }),
};

/** The wall clock of this process, as far ahead of the true one as the chain's is. */
function openClock(stage: Stage) {
  const { now } = Date;
  let ahead = 0;
  const moved = mock.method(Date, "now", () => now() + ahead);
  return {
    async set(): Promise<void> {
      ahead = (await stage.now()) * 1_000 - now();
    },
    close: () => moved.mock.restore(),
  };
}

export interface Outcome {
  readonly figures: Figures;
  /** Of a life that went wrong: what went wrong, and where to find it again. */
  readonly failure: { readonly report: string; readonly path: string } | undefined;
}

/**
 * Plays `lives` lives of up to `steps` steps. `path` finds the one again that went wrong in a run with this seed. With a
 * `fault` the first life that notices it ends the run.
 */
export async function playLives(wanted: {
  readonly seed: number;
  readonly lives: number;
  readonly steps: number;
  readonly path?: string | undefined;
  readonly fault?: Fault;
}): Promise<Outcome> {
  const { fault = NO_FAULT } = wanted;
  const figures = noFigures();
  const stage = await openStage();
  const clock = openClock(stage);
  const folder = mkdtempSync(join(tmpdir(), "tollpass-lives-"));
  let stores = 0;
  try {
    await stage.chain.mint(IDENTITY.account.address, PURSE);
    await stage.sender(stage.stranger).writeContract({
      address: stage.chain.dollar,
      abi: erc20Abi,
      functionName: "approve",
      args: [stage.chain.stateChannels, maxUint256],
    });
    let beginning = await stage.client.snapshot();
    const play = async (plan: LifePlan): Promise<void> => {
      await stage.client.revert({ id: beginning });
      beginning = await stage.client.snapshot();
      await stage.chain.mine();
      await clock.set();
      const file = join(folder, `${stores++}.sqlite`);
      const patience = Promise.withResolvers<never>();
      const timer = setTimeout(() => patience.reject(new Error("a life that never ends")), PATIENCE);
      const life = playLife({ stage, figures, plan, fault, file, setClock: clock.set });
      await Promise.race([life, patience.promise]).finally(() => clearTimeout(timer));
    };
    const details = await fc.check(fc.asyncProperty(lifePlan(wanted.steps), play), {
      seed: wanted.seed,
      numRuns: wanted.lives,
      endOnFailure: fault !== NO_FAULT,
      ...(wanted.path !== undefined && { path: wanted.path }),
    });
    const { errorInstance: error } = details;
    const report =
      details.failed &&
      `${await fc.asyncDefaultReportMessage(details)}\n${error instanceof Error ? error.stack : String(error)}`;
    return { figures, failure: report ? { report, path: details.counterexamplePath ?? "0" } : undefined };
  } finally {
    clock.close();
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function playLife(scene: {
  readonly stage: Stage;
  readonly figures: Figures;
  readonly plan: LifePlan;
  readonly fault: Fault;
  readonly file: string;
  readonly setClock: () => Promise<void>;
}): Promise<void> {
  const { stage, figures, plan, fault, file } = scene;
  const network = localNetwork(stage.chain);
  const reader = new Reader(IDENTITY, network, fault);
  const memory = memoryStore();
  const disk = () => (plan.store === "file" ? sqliteStore(file) : memory);
  const open = () => fault.store?.(disk()) ?? disk();
  const start = () => openShop(stage.chain, open(), RECEIPT_KEY, plan.maxUnacked);
  const shop = await start();
  const offers = new Map<RouteName, ChannelOffer>();
  for (const route of ROUTE_NAMES) {
    const answer = await shop.fetch(`${ORIGIN}${route}/0`);
    const [offer] = parseChallenge((name) => answer.headers.get(name)).offers;
    if (offer) offers.set(route, reader.offer(offer));
  }
  const life = new Life({
    stage,
    figures,
    reader,
    plan,
    offers,
    purse: PURSE,
    start,
    async wait(seconds) {
      await stage.chain.advance(seconds);
      await scene.setClock();
    },
  });
  life.shop = shop;
  try {
    await life.open();
    for (const step of plan.steps) {
      await act(life, step);
      await checkBooks(life);
      figures.steps += 1;
    }
    await endAndJudge(life);
    figures.lives += 1;
  } finally {
    await life.shop?.kill();
  }
}
