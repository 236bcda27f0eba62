/** Claims about the fees of challenges: what a day may cost is kept on disk with each of them, to the unit. */
import { beforeEach, expect, test } from "vitest";
import { CHALLENGE_FEES_A_DAY } from "./disputes.ts";
import type { Ledger } from "./ledger.ts";
import { channelRecord, hash, reopen, type TestPorts, testPorts } from "./testing/fixtures.ts";

const DAY = 86_400_000;
let ports: TestPorts;
let ledger: Ledger;

beforeEach(async () => {
  ports = testPorts();
  ledger = await reopen(ports);
  for (const n of [1, 2]) await ledger.putChannel(channelRecord({ id: hash(n) }));
});

const sign = (n: number, extra: bigint) =>
  ledger.journalChallenge(hash(n), extra, () => ({ raw: `0x0${n}`, signedAt: ports.clock, fee: extra }));

test("the limit holds over all channels, is reached to the unit, and survives a restart", async () => {
  expect(await sign(1, CHALLENGE_FEES_A_DAY - 1n)).toMatchObject({ challenge: { raw: "0x01" } });
  ledger.close();
  ledger = await reopen(ports);
  expect(await sign(2, 2n)).toBeUndefined();
  expect((await ledger.getChannel(hash(2)))?.challenge).toBeUndefined();
  expect(await sign(2, 1n)).toMatchObject({ challenge: { raw: "0x02" } });
  expect(await sign(2, 1n)).toBeUndefined();
});

test("the next day begins anew, and a clock that is set back begins none", async () => {
  await sign(1, CHALLENGE_FEES_A_DAY);
  ports.clock -= 3 * DAY;
  expect(await sign(2, 1n)).toBeUndefined();
  ports.clock += 4 * DAY;
  expect(await sign(2, CHALLENGE_FEES_A_DAY)).toMatchObject({ challenge: { raw: "0x02" } });
});

test("where another call has journalled one meanwhile nothing counts twice", async () => {
  await sign(1, 5n);
  expect(await ledger.journalChallenge(hash(1), CHALLENGE_FEES_A_DAY, () => undefined)).toMatchObject({
    challenge: { raw: "0x01" },
  });
  expect(await sign(2, CHALLENGE_FEES_A_DAY - 5n)).toBeDefined();
});
