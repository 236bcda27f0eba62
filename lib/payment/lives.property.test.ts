/**
 * Random lives: pages that ask in parallel, answers that are lost before or after the server worked, kills, budgets that
 * are edited. Whatever the order, no page is charged twice, no nonce goes out in two forms and no cap is passed.
 */
import { decodePaymentSignature } from "@tollpass/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "./testing/browser.ts";
import { Life } from "./testing/life.ts";
import { openScene, type Scene } from "./testing/scene.ts";
import { type Disk, newDisk, startWallet, type TestWallet } from "./testing/wallet.ts";

const PRICE = 20_000n;
let scene: Scene;
let template: Disk;

beforeAll(async () => {
  scene = await openScene({ minDeposit: "$0.01" });
  template = newDisk();
  const maker = await startWallet([scene.network], { disk: template });
  await scene.chain.mint(maker.address, 1_000_000_000n);
  maker.kill();
});
afterAll(() => scene.close());

const loss = fc.constantFrom("none", "none", "none", "before", "after", "in_body");
const turn = fc.record({
  /** Pages asked for in parallel, each with what happens to its first paid answer. */
  pages: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), loss), { minLength: 1, maxLength: 5 }),
  /** After how many calls the background dies, if it does. */
  dies: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  when: fc.constantFrom("before", "after"),
  /** A new cap before this turn, in cents; what was spent stays spent. */
  cap: fc.option(fc.integer({ min: 2, max: 40 }), { nil: undefined }),
});

/** Gives the budget when it is asked first, and says no to everything else. */
function answer(wallet: TestWallet, life: Life): void {
  void wallet.asked().then(async (questionId) => {
    if (life.dead) return;
    const question = wallet.payments.question(questionId);
    const first = question?.reason.code === "no_grant";
    const choice = first
      ? ({ kind: "budget", cap: "$0.20", period: "month", perRequest: "$0.02" } as const)
      : ({ kind: "dismiss" } as const);
    answer(wallet, life);
    await wallet.payments.choose({ questionId, revision: question?.revision ?? -1, offer: 0, choice });
    if (!first) await wallet.ledger.setSitePolicy(scene.provider.origin, { dismissals: 0 });
  });
}

test("any lives of parallel pages, losses, kills and edited budgets keep every promise", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 4 }), async (turns) => {
      scene.provider.payments.length = 0;
      const disk = newDisk();
      await disk.local.set(await template.local.get(null));
      await disk.session.set(await template.session.get(null));
      let highestCap = 200_000n;
      let asked = 0;
      for (const { pages, dies, when, cap } of turns) {
        const losses = new Map(pages.map(([page, lost]) => [`/news/${page}`, lost]));
        scene.provider.tricks = {
          before: ({ payment, path }) => {
            if (payment === undefined || losses.get(path) !== "before") return undefined;
            losses.delete(path);
            return "cut";
          },
          after: ({ payment, path }) => {
            const lost = payment === undefined ? undefined : losses.get(path);
            if (lost !== "after" && lost !== "in_body") return undefined;
            losses.delete(path);
            return lost === "after" ? "cut" : "cut_in_body";
          },
        };
        const life = new Life(dies, when as "before" | "after");
        const wallet = await startWallet([scene.network], { disk, wrap: life.wrap });
        const [grant] = await wallet.ledger.grants();
        if (cap !== undefined && grant) {
          const total = BigInt(cap) * 10_000n;
          if (total > highestCap) highestCap = total;
          await wallet.ledger.editGrant(grant.id, { total });
        }
        answer(wallet, life);
        const loads = pages.map(([page]) => {
          asked += 1;
          return load(wallet.payments, `${scene.provider.origin}/news/${page}`).catch(() => undefined);
        });
        await Promise.race([Promise.all(loads), life.died]);
        wallet.kill();
      }

      scene.provider.tricks = {};
      const life = new Life();
      const wallet = await startWallet([scene.network], { disk, wrap: life.wrap });
      await wallet.payments.reconcile();
      expect(await wallet.ledger.audit()).toMatchObject({ ok: true, findings: [] });
      const sums = async () => {
        await wallet.payments.reconcile();
        const channels = await wallet.ledger.listChannels();
        const theirs = (await scene.shop.payment.channels()).filter(({ id }) => channels.some((own) => own.id === id));
        const { payments } = await wallet.ledger.history({ limit: 200 });
        const known = payments.reduce((sum, { receipt }) => sum + (receipt?.charged ?? 0n), 0n);
        const reserved = theirs.reduce((sum, { book }) => sum + book.reserved, 0n);
        return { channels, known, reserved, charged: theirs.reduce((sum, { book }) => sum + book.charged, 0n) };
      };
      // A page may still be waiting for an answer when its background is long dead: the server ends that first.
      await expect
        .poll(async () => {
          const { known, reserved, charged } = await sums();
          return { missing: charged - known, reserved };
        })
        .toEqual({ missing: 0n, reserved: 0n });
      const { channels, charged } = await sums();
      const [grant] = await wallet.ledger.grants();
      const spent = grant?.spentEver ?? 0n;
      expect(charged, "never more than was debited").toBeLessThanOrEqual(spent);
      expect(spent, "never more than a cap that stood").toBeLessThanOrEqual(highestCap);
      expect(charged, "never more than one price for each time a page asked").toBeLessThanOrEqual(
        PRICE * BigInt(asked),
      );
      expect(await wallet.ledger.audit()).toMatchObject({ ok: true, findings: [] });

      const bytes = new Map<string, string>();
      for (const { payment = "" } of scene.provider.payments) {
        const state = decodePaymentSignature(payment).payload.state as Record<
          "channelId" | "nonce" | "owed" | "credited",
          string
        >;
        const key = `${state.channelId} ${state.nonce}`;
        expect(bytes.get(key) ?? payment, "one nonce, one message").toBe(payment);
        bytes.set(key, payment);
        const own = channels.find(({ id }) => id === state.channelId);
        expect(own?.authorized ?? 0n, "signed on disk").toBeGreaterThanOrEqual(
          BigInt(state.owed) + BigInt(state.credited),
        );
      }
      wallet.kill();
    }),
    { numRuns: 12, seed: 402, endOnFailure: true },
  );
}, 180_000);
