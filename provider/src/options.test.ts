/** What a provider refuses to start with, and what it uses when it is told nothing. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { memoryStore } from "./memoryStore.ts";
import { type PaymentOptions, settingsOf } from "./options.ts";

const PAYEE = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const settings = (options: PaymentOptions = {}) => settingsOf(PAYEE, { store: memoryStore(), ...options });
afterEach(() => vi.unstubAllEnvs());

describe("settings", () => {
  test("of nothing are Base Sepolia, seven days and a day", () => {
    expect(settings()).toMatchObject({
      network: { id: "eip155:84532" },
      exitDelay: 604_800,
      challengePeriod: 86_400,
      minDeposit: 100_000n,
      maxUnacked: 16n,
      window: 1024n,
      claim: { everyMinutes: 60, threshold: 1_000_000n },
      relayKey: undefined,
    });
  });
  test("with a store that forgets are refused in production", () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(() => settings()).toThrow("refused in production");
  });
  test.each([
    ["0x123", {}, "not a wallet address"],
    [`0x${"0".repeat(40)}`, {}, "not a wallet address"],
    [PAYEE, { network: "eip155:999999" }, "not a known network"],
    [PAYEE, { exitDelay: 3_600 }, "exitDelay"],
    [PAYEE, { challengePeriod: 60 }, "challengePeriod"],
    [PAYEE, { minDeposit: "a lot" }, "not a price"],
    [PAYEE, { claim: { everyMinutes: 0 } }, "claim.everyMinutes"],
  ] as [string, PaymentOptions, string][])("%s with %j are refused with the reason", (payTo, options, message) => {
    expect(() => settingsOf(payTo, { store: memoryStore(), ...options })).toThrow(message);
  });
});
