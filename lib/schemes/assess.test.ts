/** Claims about which offers a wallet may pay at all, before it knows anything of budgets and channels. */
import { parsePlainHeaders, plainHeadersOf } from "@tollpass/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clampValidity, MAX_VALIDITY } from "./assess.ts";
import {
  account,
  CONTRACT,
  challenge,
  channelEntry,
  exactEntry,
  facts,
  network,
  OLD_DOLLAR,
  offerOf,
  PAYEE,
  provider,
  settings,
  stranger,
  URL_ASKED,
  USDC,
} from "./fixtures.ts";
import { assessOffer, isLoopback, type PayableOffer, pinsOf, rankOffers } from "./index.ts";
import { emptySnapshot } from "./state-channel/index.ts";

const assess = (
  entry: Record<string, unknown>,
  change: Partial<typeof settings> = {},
  asked = facts,
  named = asked.url,
) => assessOffer(offerOf(entry, named), asked, { ...settings, ...change });
const outcome = (...args: Parameters<typeof assess>) => {
  const assessed = assess(...args);
  return assessed.kind === "payable" ? "payable" : assessed.reason;
};
const withExtra = (extra: Record<string, unknown>) => ({ ...channelEntry, extra: { ...channelEntry.extra, ...extra } });
const zero = `0x${"0".repeat(40)}`;

describe("an offer", () => {
  test("of both schemes is payable with the wallet's own records of network and token", () => {
    for (const entry of [channelEntry, exactEntry]) {
      const assessed = assess(entry);
      expect(assessed).toMatchObject({ kind: "payable", offer: { network, token: network.tokens[0], notices: [] } });
    }
  });

  test("of an unknown scheme is not, whatever it is called", () => {
    for (const scheme of ["upto", "toString", "constructor", "State-Channel"]) {
      expect(outcome({ ...channelEntry, scheme })).toBe("unknown_scheme");
    }
  });

  test("is paid over https or the loopback interface only", () => {
    const at = (url: string, allowLoopback = true) => {
      const receipts = new URL("/.channels", url).href;
      return outcome(withExtra({ receipts }), { allowLoopback }, { url, method: "GET" });
    };
    for (const host of ["localhost:8402", "127.0.0.1", "127.8.4.2:1", "[::1]:80", "news.localhost"]) {
      expect(at(`http://${host}/a`), host).toBe("payable");
      expect(at(`http://${host}/a`, false), host).toBe("insecure_origin");
      expect(at(`https://${host}/a`, false), host).toBe("payable");
    }
    for (const host of ["toll.example", "127.0.0.1.example", "localhost.example", "10.0.0.1", "[::2]", "128.0.0.1"]) {
      expect(at(`http://${host}/a`), host).toBe("insecure_origin");
    }
    for (const url of ["ftp://localhost/a", "file:///a", "data:,a", "nonsense"]) {
      expect(outcome(channelEntry, {}, { url, method: "GET" })).toBe("insecure_origin");
    }
    expect(isLoopback(new URL("http://2130706433/").hostname)).toBe(true);
  });

  test("names the host, path and query that were asked", () => {
    const named = (url: string) => outcome(exactEntry, {}, facts, url);
    for (const url of [
      "https://other.example/article?id=7",
      "https://toll.example:8443/article?id=7",
      "https://toll.example/article",
      "https://toll.example/article?id=8",
      "https://toll.example/article/?id=7",
      "https://me@toll.example/article?id=7",
      "/article?id=7",
      "ftp://toll.example/article?id=7",
      "",
    ]) {
      expect(named(url), url).toBe("resource_mismatch");
    }
    expect(named(`${URL_ASKED}#part`)).toBe("payable");
    expect(named("https://TOLL.example:443/article?id=7")).toBe("payable");
  });

  test("behind a TLS proxy may name itself by http, and the person is told", () => {
    const entry = withExtra({ receipts: "http://toll.example/.channels/" });
    const assessed = assess(entry, {}, facts, "http://toll.example/article?id=7");
    expect(assessed).toMatchObject({
      kind: "payable",
      offer: { notices: ["resource_scheme"], receipts: "https://toll.example/.channels" },
    });
  });

  test("on a network that is unknown or not enabled is not payable", () => {
    for (const id of ["eip155:1", "solana:mainnet", "base-sepolia", "eip155:084532"]) {
      expect(outcome({ ...exactEntry, network: id })).toBe("unknown_network");
    }
    expect(outcome(exactEntry, { enabled: [] })).toBe("network_disabled");
  });

  test("in a token outside the registry is refused, also if it calls itself USDC", () => {
    const impostor = { ...exactEntry, asset: stranger.address, extra: { name: "USDC", version: "2", decimals: 18 } };
    expect(outcome(impostor)).toBe("unknown_asset");
    expect(outcome({ ...withExtra({}), asset: zero })).toBe("unknown_asset");
    expect(outcome({ ...exactEntry, asset: USDC.toLowerCase() })).toBe("payable");
  });

  test("that describes the token otherwise than the registry is refused", () => {
    for (const wrong of [{ name: "USD Coin" }, { version: "1" }]) {
      expect(outcome({ ...exactEntry, extra: { ...exactEntry.extra, ...wrong } })).toBe("asset_mismatch");
      expect(outcome(withExtra(wrong))).toBe("asset_mismatch");
    }
  });
});

describe("a state-channel offer", () => {
  test("is payable on the pinned contract only", () => {
    expect(outcome(withExtra({ contract: stranger.address }))).toBe("unknown_contract");
    expect(outcome(withExtra({ contract: CONTRACT.toLowerCase() }))).toBe("payable");
    const { stateChannels: _, ...bare } = network;
    expect(outcome(channelEntry, { networks: [bare] })).toBe("unknown_contract");
  });

  test("waits on a main network until the person turns channels on", () => {
    const networks = [{ ...network, testnet: false }];
    expect(outcome(channelEntry, { networks })).toBe("channels_disabled");
    expect(outcome(channelEntry, { networks, mainnetChannels: true })).toBe("payable");
    expect(outcome(exactEntry, { networks })).toBe("payable");
  });

  test("with terms that leave the reader unprotected is refused", () => {
    expect(outcome(withExtra({ challengePeriod: 86_399 }))).toBe("terms_unacceptable");
    expect(outcome(withExtra({ payeeSigner: zero }))).toBe("terms_unacceptable");
    expect(outcome({ ...channelEntry, payTo: zero })).toBe("terms_unacceptable");
    expect(outcome({ ...channelEntry, payTo: CONTRACT })).toBe("terms_unacceptable");
  });

  test("that locks money for more than a week says so", () => {
    expect(assess(withExtra({ exitDelay: 604_801 }))).toMatchObject({ offer: { notices: ["long_exit_delay"] } });
    expect(outcome(withExtra({ exitDelay: 2_592_001 }))).toBe("malformed_extra");
    expect(outcome(withExtra({ exitDelay: 86_399 }))).toBe("malformed_extra");
  });

  test("keeps its endpoints on the origin that was asked", () => {
    for (const receipts of [
      "https://evil.example/.channels",
      "https://toll.example:444/.channels",
      "https://a:b@toll.example/.channels",
      "https://toll.example/.channels?to=",
      "javascript:alert(1)",
    ]) {
      expect(outcome(withExtra({ receipts })), receipts).toBe("receipts_origin");
    }
    expect(outcome(withExtra({ receipts: "nonsense" }))).toBe("malformed_extra");
  });

  test("whose plain headers say something else is refused", () => {
    const plain = (amount: bigint) => {
      const shown = plainHeadersOf({
        amount,
        token: { symbol: "USDC", decimals: 6 },
        contract: CONTRACT,
        network: network.id,
      });
      const lower = Object.fromEntries(Object.entries(shown).map(([name, value]) => [name.toLowerCase(), value]));
      return { ...facts, plain: parsePlainHeaders((name) => lower[name]) };
    };
    expect(outcome(channelEntry, {}, plain(10_000n))).toBe("payable");
    expect(outcome(channelEntry, {}, plain(100n))).toBe("headers_disagree");
  });

  test("with anything at all in its extra is payable or refused, and nothing is thrown", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(channelEntry.extra), "minDeposit", "last"),
        fc.jsonValue(),
        (name, value) => {
          fc.pre(!JSON.stringify(value)?.includes("__proto__"));
          expect([
            "payable",
            "malformed_extra",
            "unknown_contract",
            "asset_mismatch",
            "terms_unacceptable",
            "receipts_origin",
          ]).toContain(outcome(withExtra({ [name]: value })));
        },
      ),
    );
  });
});

describe("an exact offer", () => {
  test("is payable by EIP-3009 and not by Permit2", () => {
    const by = (assetTransferMethod: unknown) =>
      outcome({ ...exactEntry, extra: { ...exactEntry.extra, assetTransferMethod } });
    expect(by("eip3009")).toBe("payable");
    expect(by("permit2")).toBe("terms_unacceptable");
    expect(by(7)).toBe("malformed_extra");
    expect(outcome({ ...exactEntry, asset: OLD_DOLLAR })).toBe("terms_unacceptable");
    expect(outcome({ ...exactEntry, payTo: zero })).toBe("terms_unacceptable");
  });

  test("without the token's domain is refused: its server could not check a signature", () => {
    expect(outcome({ ...exactEntry, extra: {} })).toBe("malformed_extra");
    const { extra: _, ...bare } = exactEntry;
    expect(outcome(bare)).toBe("malformed_extra");
  });
});

test("time-outs are minutes, whatever a server asks", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }), (wish) => {
      const seconds = clampValidity(wish);
      expect(Number.isInteger(seconds) && seconds >= 30 && seconds <= MAX_VALIDITY).toBe(true);
    }),
  );
  expect(clampValidity(120)).toBe(120);
  expect(clampValidity(315_360_000)).toBe(600);
});

describe("of several offers", () => {
  const all = (...entries: Record<string, unknown>[]): PayableOffer[] =>
    challenge(entries).offers.flatMap((offer) => {
      const assessed = assessOffer(offer, facts, settings);
      return assessed.kind === "payable" ? [assessed.offer] : [];
    });
  const amounts = (offers: readonly PayableOffer[]) => offers.map(({ scheme, offer }) => `${scheme} ${offer.amount}`);
  const price = (entry: Record<string, unknown>, amount: string) => ({ ...entry, amount });

  test("an open channel comes first, then state channels, then exact, the cheaper first", () => {
    const otherPayee = { ...price(channelEntry, "1"), payTo: account.address };
    const offers = all(price(exactEntry, "5"), price(exactEntry, "3"), price(channelEntry, "9"), otherPayee);
    expect(amounts(rankOffers(offers, []))).toEqual(["state-channel 1", "state-channel 9", "exact 3", "exact 5"]);
    const channel = {
      payer: account.address,
      payerSigner: stranger.address,
      payee: PAYEE,
      payeeSigner: provider.address,
      token: USDC,
      exitDelay: 604_800,
      challengePeriod: 86_400,
      salt: `0x${"00".repeat(32)}`,
    } as const;
    const open = { ...emptySnapshot({ chainId: 84532, address: CONTRACT }, channel), status: "open" } as const;
    expect(amounts(rankOffers(offers, [open]))[0]).toBe("state-channel 9");
    for (const status of ["opening", "exiting", "closing", "closed", "restored"] as const) {
      expect(amounts(rankOffers(offers, [{ ...open, status }]))[0]).toBe("state-channel 1");
    }
  });

  test("dollars are compared as dollars, whatever the decimals", () => {
    const old = { ...withExtra({ name: "", version: "" }), asset: OLD_DOLLAR, amount: "2000000000000000" };
    const offers = all(price(channelEntry, "2001"), old, price(channelEntry, "1999"));
    expect(offers.length).toBe(3);
    expect(rankOffers(offers, []).map(({ offer }) => offer.amount)).toEqual([1999n, 2_000_000_000_000_000n, 2001n]);
  });

  test("the pins change with the payee, its receipt key, the asset, the chain and the contract", () => {
    const [offer, exact] = all(channelEntry, exactEntry);
    if (!offer || !exact) throw new Error("both are payable");
    expect(pinsOf(offer)).toEqual({
      scheme: "state-channel",
      network: network.id,
      asset: USDC,
      payTo: PAYEE,
      contract: CONTRACT,
      payeeSigner: provider.address,
    });
    expect(pinsOf(exact)).toEqual({ scheme: "exact", network: network.id, asset: USDC, payTo: PAYEE });
  });
});
