/**
 * Canonical stories, each swept by deaths: the background dies before and after every single call that it makes while
 * the story is told, then starts again and tells it to its end. What leads up to a story is lived without a death.
 */
import { acknowledgeAll, closeChannel, exitChannel } from "#channels";
import { Life, type When, type Where } from "../life.ts";
import { missingAfter } from "../until.ts";
import type { TestWallet } from "../wallet.ts";
import { type Breach, breaches, breachesAtTheEnd } from "./promises.ts";
import { type Fate, Reader, type Sabotage, type Scheme } from "./reader.ts";
import { PRICE, type Stage } from "./stage.ts";

export interface Story {
  readonly name: string;
  /** In dollars. */
  readonly budget: string;
  /** Each page has a yes of its own, and there is no budget. */
  readonly once?: boolean;
  /** Lived in peace. */
  readonly before?: (reader: Reader, wallet: TestWallet) => Promise<unknown>;
  /** Told until it has ended, from its beginning after a death. */
  readonly told: (reader: Reader, wallet: TestWallet) => Promise<unknown>;
  /** Whether the channels end on chain with everything that was charged; an exit takes a week. */
  readonly ends: boolean;
  /** What else has to be true at the end. */
  readonly so?: (reader: Reader, wallet: TestWallet) => Promise<Breach[]>;
}

const page = (name: string, scheme?: Scheme) => async (reader: Reader) => {
  const wish = reader.want(name, scheme);
  if (!wish.got) await (wish.underWay ?? reader.visit(wish));
};

/** Until every payment has its end, and every body too: what was not received is not acknowledged. */
const settled = ({ ledger }: TestWallet) =>
  missingAfter(5_000, async () => {
    const open = [...(await ledger.unsettled()), ...(await ledger.awaitingBody())];
    return open.length > 0 ? "an end" : undefined;
  });

async function openChannels(wallet: TestWallet) {
  return wallet.ledger.listChannels({ status: ["open", "closing"] });
}

/** Loses the first paid answer for a page, after the shop has served it. */
function loseOnce(reader: Reader, name: string): void {
  const path = reader.pathOf(name, "channel");
  let lost = false;
  reader.serverOf("channel").tricks = {
    after: ({ payment, path: asked }) => {
      if (lost || payment === undefined || asked !== path) return undefined;
      lost = true;
      return "cut";
    },
  };
}

/** The budget is lowered to what was spent of it: the person is asked, and says no. */
export const LOWERED: Story = {
  name: "a page beyond a budget that was lowered",
  budget: "$0.20",
  async before(reader, wallet) {
    await page("first")(reader);
    await settled(wallet);
    await reader.editCap(wallet, PRICE);
  },
  told: page("beyond"),
  ends: true,
};

/** No budget: the second page needs a yes of its own. */
export const ONE_BY_ONE: Story = {
  name: "two pages with a yes for each",
  budget: "$0.20",
  once: true,
  before: page("one"),
  told: page("other"),
  ends: true,
};

/** A page more, all at once, than the least budget holds that the shop opens a channel over. */
export const TOO_MANY: Story = {
  name: "more pages than a budget holds",
  budget: "$0.10",
  async told(reader) {
    await Promise.all(["one", "two", "three", "four", "five", "six"].map((name) => page(name)(reader)));
  },
  ends: true,
};

export const STORIES: readonly Story[] = [
  { name: "the first payment, with its deposit", budget: "$0.20", told: page("first"), ends: true },
  { name: "a second payment", budget: "$0.20", before: page("first"), told: page("second"), ends: true },
  {
    name: "an answer that is lost and asked for again",
    budget: "$0.20",
    before: page("first"),
    async told(reader) {
      loseOnce(reader, "lost");
      await page("lost")(reader);
      await page("lost")(reader);
    },
    ends: true,
  },
  {
    name: "a top-up",
    budget: "$0.20",
    async before(reader, wallet) {
      await page("first")(reader);
      // The deposit is the whole of so small a budget: what comes next needs another one.
      const { total } = (await wallet.ledger.grants())[0]?.terms ?? { total: 0n };
      await Promise.all(Array.from({ length: Number(total / PRICE) - 1 }, (_, index) => page(`${index}`)(reader)));
      await settled(wallet);
      await wallet.payments.reconcile();
      await reader.editCap(wallet, total * 3n);
    },
    told: page("more"),
    ends: true,
    async so(_reader, wallet) {
      const deposits = (await wallet.ledger.listChannels()).length;
      return deposits === 1 ? [] : [`story: ${deposits} channels where one was topped up`];
    },
  },
  {
    name: "an acknowledgement",
    budget: "$0.20",
    async before(reader, wallet) {
      await page("first")(reader);
      await settled(wallet);
    },
    told: (_reader, wallet) => acknowledgeAll(wallet.ports),
    ends: true,
  },
  {
    name: "a close",
    budget: "$0.20",
    async before(reader, wallet) {
      await page("first")(reader);
      await settled(wallet);
    },
    async told(_reader, wallet) {
      for (const { id } of await openChannels(wallet)) await closeChannel(wallet.ports, id);
    },
    ends: false,
    so: async (reader, wallet) => endedAs(reader, wallet, "closed"),
  },
  {
    name: "an exit",
    budget: "$0.20",
    async before(reader, wallet) {
      await page("first")(reader);
      await settled(wallet);
    },
    async told(_reader, wallet) {
      for (const { id } of await openChannels(wallet)) await exitChannel(wallet.ports, id, { ownGas: false });
    },
    ends: false,
    so: async (reader, wallet) => endedAs(reader, wallet, "exiting"),
  },
  { name: "a payment of the exact scheme", budget: "$0.20", told: page("tides", "exact"), ends: true },
  LOWERED,
  ONE_BY_ONE,
];

/** Every channel is that, in the wallet and on chain. */
async function endedAs(reader: Reader, wallet: TestWallet, wanted: "closed" | "exiting"): Promise<Breach[]> {
  const { network, retired } = reader.stage;
  const own = await wallet.ledger.listChannels();
  for (const { id } of own) retired.add(id);
  const seen = await wallet.ports.chainOf(network).channelStates(own.map(({ id }) => id));
  return own.flatMap(({ id, status }, index) => {
    const onChain = seen.channels[index]?.status;
    return status === wanted && onChain === wanted ? [] : [`story: ${id} is ${status}, and ${onChain} on chain`];
  });
}

export interface Death {
  readonly at: number;
  readonly when: When;
  readonly where: Where;
  readonly fate: Fate;
}

/** Tells a story with one death in it. Returns at which call it came, how many calls there were, and what was broken. */
export async function tell(
  stage: Stage,
  story: Story,
  { at, when, where, fate }: Death,
  sabotage?: Sabotage,
): Promise<{ deed: string | undefined; calls: number; breaches: Breach[] }> {
  const { budget, once, before, told, so, ends } = story;
  const reader = await Reader.open(stage, { budget, once, sabotage });
  if (before) await reader.live(new Life(), (wallet) => before(reader, wallet));
  const life = new Life(at, when, where);
  reader.fate = fate;
  await reader.live(life, (wallet) => told(reader, wallet));
  const { deed, calls } = life;
  const found: Breach[] = [];
  await reader.live(new Life(), async (wallet) => {
    await reader.endOfUnderWay();
    await wallet.payments.reconcile();
    await told(reader, wallet);
    found.push(...(await breaches(reader, wallet)));
    if (ends) found.push(...(await breachesAtTheEnd(reader, wallet)));
    if (so) found.push(...(await so(reader, wallet)));
  });
  // A shop defends itself against exits that it knows of: the next story's sums are not to see that.
  if (!ends) await stage.shop.forget();
  return { deed, calls, breaches: found };
}
