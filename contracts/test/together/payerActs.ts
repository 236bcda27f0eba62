// What a payer does in a life: an honest one by the wallet's rules, a hostile one as it likes.
import assert from "node:assert/strict";
import { MAX_AMOUNT, type State } from "@tollpass/protocol";
import { type Hex, pad, toHex } from "viem";
import { type ChannelOffer, closeRequest, exitRequest, refundRequest } from "#schemes";
import { canChallenge } from "./chainActs.ts";
import type { Life } from "./life.ts";
import { post } from "./messages.ts";
import type { Forgery, Letter } from "./reader.ts";
import { ORIGIN, ROUTE_NAMES } from "./shop.ts";
import { choose, clamp, type Step } from "./steps.ts";

function someOffer(life: Life) {
  const offer = life.setting.offers.get("/page");
  assert.ok(offer);
  return offer;
}

/** Ways in which a hostile or broken payer gets a state wrong. */
const FORGERIES: readonly ((state: State, amount: bigint, deposit: bigint) => Partial<State>)[] = [
  () => ({ earned: 0n }),
  ({ owed }) => ({ earned: owed }),
  ({ earned }, amount) => ({ earned: clamp(earned + amount) }),
  ({ owed, credited }) => ({ owed: clamp(owed + credited), credited: 0n }),
  () => ({ credited: 0n }),
  ({ credited }, amount) => ({ credited: clamp(credited + amount) }),
  ({ owed, earned }, amount) => ({ owed: owed - amount > earned ? owed - amount : earned }),
  ({ owed }, amount) => ({ owed: clamp(owed + amount) }),
  (_state, _amount, deposit) => ({ owed: deposit }),
  (_state, amount, deposit) => ({ owed: clamp(deposit + amount) }),
  () => ({ owed: MAX_AMOUNT, earned: 0n }),
  ({ nonce }) => ({ nonce: nonce > 1n ? nonce - 1n : nonce }),
  ({ nonce }, amount) => ({ nonce: nonce + amount * 50n }),
  () => ({ owed: 0n, earned: 0n, credited: 0n }),
];

function forgeryOf(life: Life, { pick, amount, way }: Step): Forgery | undefined {
  if (life.honestPayer || way < 3) return undefined;
  const change = choose(FORGERIES, pick);
  return (state) => ({ ...state, ...change?.(state, amount, life.reader.snapshot.deposit) });
}

let randoms = 0;

/** Never used before in this process; what it is makes no difference to a life. */
const random = (): Hex => pad(toHex(++randoms), { size: 32 });

/** The offer as it is made for this path: routes ask the same wherever below them. */
const offerAt = (offer: ChannelOffer, path: string): ChannelOffer => ({
  ...offer,
  offer: { ...offer.offer, resource: { ...offer.offer.resource, url: `${ORIGIN}${path}` } },
});

export async function sign(life: Life, step: Step): Promise<void> {
  const { reader } = life;
  if (reader.cheated) return;
  const route = choose(ROUTE_NAMES, step.pick);
  const offer = route && life.setting.offers.get(route);
  if (!offer) return;
  const path = `${route}/${reader.letters.length}`;
  const forge = forgeryOf(life, step);
  await reader.pay(
    offerAt(offer, path),
    // Nothing is gained by waiting for acknowledgements here: exposure is what the life looks at.
    { path, now: life.now(), random: random(), tailCap: MAX_AMOUNT, ...(forge && { forge }) },
  );
}

function obtain(life: Life, { plan, signature }: Letter): void {
  if (life.shop) life.obtained.push({ state: plan.state, signature });
}

export async function arrive(life: Life, { pick }: Step): Promise<void> {
  const waiting = life.reader.letters.filter(({ at }) => at === "on the way");
  const letter = choose(waiting, pick);
  if (!letter) return;
  obtain(life, letter);
  await life.arrive(letter);
}

export async function again(life: Life, { pick, way }: Step): Promise<void> {
  const over = life.reader.letters.filter(({ at, sent }) => at !== "on the way" && sent > 0);
  const letter = choose(over, pick);
  if (!letter) return;
  obtain(life, letter);
  // The same bytes for another page: a nonce names one request.
  await life.arrive(letter, way < 2 ? `/note/${letter.nonce}x` : letter.path);
}

export async function misuse(life: Life, step: Step): Promise<void> {
  const used = choose(
    life.reader.letters.filter(({ sent, at }) => sent > 0 && at !== "on the way"),
    step.pick,
  );
  if (!used || life.honestPayer) return;
  const route = choose(ROUTE_NAMES, step.pick + step.way);
  const offer = route && life.setting.offers.get(route);
  if (!offer) return;
  const path = `${route}/${life.reader.letters.length}`;
  const letter = await life.reader.pay(offerAt(offer, path), {
    path,
    now: life.now(),
    random: random(),
    tailCap: MAX_AMOUNT,
    forge: (state) => ({ ...state, nonce: used.nonce }),
  });
  if (!letter) return;
  obtain(life, letter);
  await life.arrive(letter);
}

export async function read(life: Life, { pick }: Step): Promise<void> {
  const { mail } = life.reader;
  // What is read when nothing can be challenged any more was not in hand when it counted.
  if (!(await canChallenge(life))) return;
  const before = life.reader.cheated;
  for (const one of mail.splice(pick % Math.max(1, mail.length), 1)) await life.reader.read(one);
  if (life.reader.cheated !== before) life.figures.liesFound += 1;
  if (life.honestPayee) assert.equal(honestlyCheated(life), undefined, "an honest payee is not taken for a cheat");
}

const honestlyCheated = (life: Life) => (life.honestPayer ? life.reader.cheated : undefined);

export async function acknowledge(life: Life, step: Step): Promise<void> {
  if (life.reader.cheated) return;
  const { header, state, signature } = await life.reader.acknowledge(someOffer(life), forgeryOf(life, step));
  if (step.pick % 6 === 0) return;
  if (life.shop) life.obtained.push({ state, signature });
  await post(life, header);
}

/** What a hostile payer asks back: all that it has not paid for, or all that a careless payee might have left over. */
function askedBack({ reader, costs, underway }: Life, { amount, way }: Step, deposit: bigint): bigint {
  if (way < 2) return amount;
  if (way < 5) return clamp(deposit - reader.due);
  const served = [...costs.values()].reduce((sum, [cost = 0n]) => sum + cost, 0n);
  return clamp(deposit - underway.reduce((sum, { letter }) => sum + letter.price, served));
}

export async function refund(life: Life, step: Step): Promise<void> {
  const { refundNonce, deposit } = await life.onChain();
  const { snapshot } = life.reader;
  const asked = life.honestPayer ? step.amount : askedBack(life, step, deposit);
  const request = refundRequest(life.honestPayer ? snapshot : { ...snapshot, authorized: 0n, deposit: MAX_AMOUNT }, {
    amount: asked,
    refundNonce,
    deadline: life.now() + 3_600,
  });
  if (request.kind === "refuse" || deposit < asked) return;
  // From the signature on this money is on its way back.
  if (life.honestPayer) life.reader.learn({ deposit: snapshot.deposit - asked });
  await post(life, await life.reader.request(someOffer(life), request.request));
  if ((await life.onChain()).deposit === deposit) return;
  life.figures.refunds += 1;
  if (life.underway.length > 0) life.figures.refundsAmidst += 1;
}

/** The reader asks the shop to close together. */
export async function part(life: Life, { amount, way }: Step): Promise<void> {
  const { reader } = life;
  const missing = reader.letters.filter(({ held, abandoned }) => !held && !abandoned).length;
  const charged = life.honestPayer || way < 4 ? reader.due : clamp(reader.due - amount);
  const request = closeRequest(reader.snapshot, {
    charged,
    inFlight: life.honestPayer ? missing : 0,
    deadline: life.now() + 3_600,
  });
  if (request.kind === "refuse") return;
  if (life.honestPayer) reader.learn({ status: "closing" });
  const done = await post(life, await reader.request(someOffer(life), request.request));
  if (done && done.status !== 200) reader.learn({ status: "open" });
  if (done?.status === 200) life.figures.cooperativeCloses += 1;
}

export async function exit(life: Life, { way }: Step): Promise<void> {
  if ((await life.onChain()).status !== 1) return;
  if (way < 4) return life.exit();
  const request = exitRequest(life.reader.snapshot, { deadline: life.now() + 3_600 });
  await post(life, await life.reader.request(someOffer(life), request));
  if ((await life.onChain()).status !== 1) life.reader.learn({ status: "exiting" });
}
