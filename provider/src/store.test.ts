/** Every store keeps the promise of its type; the durable one keeps it across processes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openBook } from "./accounting.ts";
import { memoryStore } from "./memoryStore.ts";
import { sqliteStore } from "./sqliteStore.ts";
import type { ChannelRecord, PaymentRecord, Store } from "./store.ts";

const ID = `0x${"ab".repeat(32)}` as const;
const OTHER = `0x${"cd".repeat(32)}` as const;
const ADDRESS = `0x${"11".repeat(20)}` as const;

const channel = (id = ID): ChannelRecord => ({
  id,
  chainId: 31337,
  contract: ADDRESS,
  channel: {
    payer: ADDRESS,
    payerSigner: ADDRESS,
    payee: ADDRESS,
    payeeSigner: ADDRESS,
    token: ADDRESS,
    exitDelay: 604_800,
    challengePeriod: 86_400,
    salt: ID,
  },
  book: openBook(0n),
  deposit: (1n << 96n) - 1n,
  settled: 0n,
  refundNonce: 0,
  status: "open",
  exitAt: 0,
  checkedAt: 1,
  openedAt: 1,
});
const payment = (nonce: bigint, more: Partial<PaymentRecord> = {}): PaymentRecord => ({
  channelId: ID,
  nonce,
  digest: OTHER,
  method: "GET",
  url: "http://localhost/x",
  bodyDigest: ID,
  ticket: ID,
  price: 10n,
  phase: "reserved",
  charged: 0n,
  credited: 0n,
  status: 0,
  repeat: "gone",
  headers: [],
  acceptedAt: 1,
  finishedAt: 0,
  ...more,
});

const folders: string[] = [];
function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  folders.push(folder);
  return join(folder, "provider.sqlite");
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const stores: [string, () => Store][] = [
  ["memory", memoryStore],
  ["SQLite", () => sqliteStore(temporary())],
];
describe.each(stores)("%s", (_name, make) => {
  test("a hundred concurrent changes of one channel are all there", async () => {
    const store = make();
    await store.update({ channelId: ID }, () => ({ channel: channel(), result: undefined }));
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        store.update({ channelId: ID, nonce: BigInt(i) }, ({ channel: now = channel() }) => ({
          channel: { ...now, book: { ...now.book, reserved: now.book.reserved + 10n } },
          payment: payment(BigInt(i)),
          result: undefined,
        })),
      ),
    );
    expect((await store.channel(ID))?.book.reserved).toBe(1_000n);
    expect(await store.reserved()).toHaveLength(100);
    await store.close();
  });
  test("a change that throws writes nothing and leaves its neighbours alone", async () => {
    const store = make();
    const good = store.update({ channelId: ID }, () => ({ channel: channel(), result: "good" }));
    const bad = store.update({ channelId: OTHER }, () => {
      throw new RangeError("no");
    });
    const after = store.update({ channelId: ID }, ({ channel: now }) => ({ result: now?.id }));
    await expect(bad).rejects.toThrow(RangeError);
    expect([await good, await after]).toEqual(["good", ID]);
    expect((await store.channels()).map(({ id }) => id)).toEqual([ID]);
    await store.close();
  });
  test("a stored answer comes back byte for byte until its time is over", async () => {
    const store = make();
    const done = payment(7n, { phase: "done", finishedAt: 100, body: Uint8Array.of(0, 255, 10), repeat: "stored" });
    await store.update({ channelId: ID, nonce: 7n }, () => ({ payment: done, result: undefined }));
    expect(await store.payment(ID, 7n)).toEqual(done);
    await store.dropBodies(100);
    expect((await store.payment(ID, 7n))?.body).toEqual(done.body);
    await store.dropBodies(101);
    expect((await store.payment(ID, 7n))?.body).toBeUndefined();
    expect((await store.payments(5)).map(({ nonce }) => nonce)).toEqual([7n]);
    await store.close();
  });
  test("a secret is made once", async () => {
    const store = make();
    expect(await store.secret("receipts", () => ID)).toBe(ID);
    expect(await store.secret("receipts", () => OTHER)).toBe(ID);
    await store.close();
  });
});

describe("the SQLite store", () => {
  test("everything is there when the file is opened again", async () => {
    const file = temporary();
    const first = sqliteStore(file);
    await first.update({ channelId: ID, nonce: 1n }, () => ({
      channel: {
        ...channel(),
        top: {
          state: { channelId: ID, nonce: 1n, owed: 5n, earned: 1n, credited: 0n },
          signature: `0x${"22".repeat(65)}`,
        },
      },
      payment: payment(1n),
      result: undefined,
    }));
    const before = await first.channel(ID);
    await first.close();
    const second = sqliteStore(file);
    expect(await second.channel(ID)).toEqual(before);
    expect((await second.reserved()).map(({ nonce }) => nonce)).toEqual([1n]);
    await second.close();
  });
  test("one file is one store within a process, closed by its last user", async () => {
    const file = temporary();
    const first = sqliteStore(file);
    const second = sqliteStore(file);
    expect(second).toBe(first);
    await first.close();
    expect(await second.channels()).toEqual([]);
    await second.close();
  });
  test("a second process is told to use another file", async () => {
    const file = temporary();
    const store = sqliteStore(file);
    const script = `import { sqliteStore } from ${JSON.stringify(new URL("./sqliteStore.ts", import.meta.url).href)}; sqliteStore(${JSON.stringify(file)});`;
    const other = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(other.status).not.toBe(0);
    expect(other.stderr).toContain("give this one its own store");
    await store.close();
  });
});
