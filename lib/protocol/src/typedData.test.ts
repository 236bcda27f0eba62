/** Claims about what is signed: the same hash and the same signatures as independent implementations of EIP-712. */
import { recoverTypedSignature, SignTypedDataVersion, signTypedData, TypedDataUtils } from "@metamask/eth-sig-util";
import fc from "fast-check";
import type { TypedDataDefinition } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { forOracle } from "../fixtures/oracle.ts";
import recorded from "../fixtures/recorded.json" with { type: "json" };
import { type AnyTypedData, digestOf } from "./digest.ts";
import { recoverSigner, verifySignature } from "./signature.ts";
import {
  CHANNEL_TYPES,
  type ChannelContract,
  channelId,
  channelSchema,
  channelTypedData,
  cooperativeCloseTypedData,
  depositNonce,
  receiptRef,
  receiptTypedData,
  receiveAuthorizationTypedData,
  refundTypedData,
  requestExitTypedData,
  stateSchema,
  stateTypedData,
  transferAuthorizationTypedData,
  ZERO_BYTES32,
} from "./typedData.ts";
import { decodePaymentSignature } from "./x402.ts";

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((array) => `0x${Buffer.from(array).toString("hex")}` as const);
const address = hex(20).map((text) => channelSchema.shape.payer.parse(text));
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const seconds = fc.nat({ max: 0xffff_ffff });
const contract: fc.Arbitrary<ChannelContract> = fc.record({ chainId: fc.integer({ min: 1, max: 2 ** 40 }), address });

const message: fc.Arbitrary<AnyTypedData> = contract.chain((where) =>
  fc.oneof(
    fc
      .record({
        payer: address,
        payerSigner: address,
        payee: address,
        payeeSigner: address,
        token: address,
        exitDelay: seconds,
        challengePeriod: seconds,
        salt: hex(32),
      })
      .map((value) => channelTypedData(where, value)),
    fc
      .record({ channelId: hex(32), nonce: uint(64), owed: uint(96), earned: uint(96), credited: uint(96) })
      .map((value) => stateTypedData(where, value)),
    fc
      .record({ channelId: hex(32), nonce: uint(64), charged: uint(96), credited: uint(96), ref: hex(32) })
      .map((value) => receiptTypedData(where, value)),
    fc
      .record({ channelId: hex(32), refundNonce: seconds, amount: uint(96), deadline: fc.nat({ max: 0xff_ffff_ffff }) })
      .map((value) => refundTypedData(where, value)),
    fc
      .record({ channelId: hex(32), paid: uint(96), deadline: fc.nat({ max: 0xff_ffff_ffff }) })
      .map((value) => cooperativeCloseTypedData(where, value)),
    fc
      .record({ channelId: hex(32), deadline: fc.nat({ max: 0xff_ffff_ffff }) })
      .map((value) => requestExitTypedData(where, value)),
    fc
      .record({
        from: address,
        to: address,
        value: uint(96),
        validAfter: uint(40),
        validBefore: uint(40),
        nonce: hex(32),
      })
      .chain((value) => {
        const token = { ...where, name: "USD Coin", version: "2" };
        return fc.constantFrom<AnyTypedData>(
          receiveAuthorizationTypedData(token, value),
          transferAuthorizationTypedData(token, value),
        );
      }),
  ),
);

const V4 = SignTypedDataVersion.V4;
const key = hex(32).filter((text) => BigInt(text) > 0n && BigInt(text) < 1n << 255n);
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("every message", () => {
  test("has the hash that eth-sig-util computes", () => {
    fc.assert(
      fc.property(message, (data) => {
        const oracle = Buffer.from(TypedDataUtils.eip712Hash(forOracle(data), V4)).toString("hex");
        expect(digestOf(data)).toBe(`0x${oracle}`);
      }),
    );
  });

  test("gets the same signature from viem and eth-sig-util, and each recovers the other's signer", async () => {
    await fc.assert(
      fc.asyncProperty(message, key, async (data, privateKey) => {
        const account = privateKeyToAccount(privateKey);
        const signature = await account.signTypedData(data as TypedDataDefinition);
        const oracle = signTypedData({
          privateKey: Buffer.from(privateKey.slice(2), "hex"),
          data: forOracle(data),
          version: V4,
        });
        expect(signature).toBe(oracle);
        expect(await recoverSigner(data, oracle)).toBe(account.address);
        expect(recoverTypedSignature({ data: forOracle(data), signature, version: V4 })).toBe(
          account.address.toLowerCase(),
        );
        expect(await verifySignature(data, signature, account.address)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("is spelled as the protocol spells its types", () => {
    const encode = (primary: string) => TypedDataUtils.encodeType(primary, CHANNEL_TYPES as never);
    expect(Object.keys(CHANNEL_TYPES).map(encode)).toEqual([
      "Channel(address payer,address payerSigner,address payee,address payeeSigner,address token,uint32 exitDelay,uint32 challengePeriod,bytes32 salt)",
      "State(bytes32 channelId,uint64 nonce,uint96 owed,uint96 earned,uint96 credited)",
      "Receipt(bytes32 channelId,uint64 nonce,uint96 charged,uint96 credited,bytes32 ref)",
      "Refund(bytes32 channelId,uint32 refundNonce,uint96 amount,uint40 deadline)",
      "CooperativeClose(bytes32 channelId,uint96 paid,uint40 deadline)",
      "RequestExit(bytes32 channelId,uint40 deadline)",
    ]);
  });
});

describe("a signature", () => {
  const data = stateTypedData(
    { chainId: 84532, address: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC" },
    { channelId: ZERO_BYTES32, nonce: 1n, owed: 2n, earned: 1n, credited: 0n },
  );
  const account = privateKeyToAccount(`0x${"11".repeat(32)}`);
  const other = privateKeyToAccount(`0x${"22".repeat(32)}`);
  const pad = (value: bigint) => value.toString(16).padStart(64, "0");

  test("in compact form names the same signer (ERC-2098)", async () => {
    for (let nonce = 1n; nonce < 9n; nonce += 1n) {
      const one = stateTypedData({ chainId: 1, address: account.address }, { ...data.message, nonce });
      const signature = await account.signTypedData(one);
      const parity = signature.endsWith("1c") ? 1n << 255n : 0n;
      const compact = `0x${signature.slice(2, 66)}${pad(BigInt(`0x${signature.slice(66, 130)}`) | parity)}`;
      expect(await recoverSigner(one, compact)).toBe(account.address);
    }
  });

  test("of another key, message, chain or contract is not accepted", async () => {
    const signature = await account.signTypedData(data);
    expect(await verifySignature(data, signature, other.address)).toBe(false);
    const changes: AnyTypedData[] = [
      { ...data, message: { ...data.message, nonce: 2n } },
      { ...data, domain: { ...data.domain, chainId: 8453 } },
      { ...data, domain: { ...data.domain, verifyingContract: account.address } },
      { ...data, primaryType: "RequestExit", message: { channelId: ZERO_BYTES32, deadline: 1 } },
    ];
    for (const changed of changes) expect(await verifySignature(changed, signature, account.address)).toBe(false);
  });

  test("with its mirror image in s, another v or a wrong length is none", async () => {
    const signature = await account.signTypedData(data);
    const [r, s, v] = [signature.slice(2, 66), BigInt(`0x${signature.slice(66, 130)}`), signature.slice(130)];
    const mirrored = `0x${r}${pad(ORDER - s)}${v === "1b" ? "1c" : "1b"}`;
    // viem alone takes the mirror image; the channel contract does not.
    expect(recoverTypedSignature({ data: forOracle(data), signature: mirrored, version: V4 })).toBe(
      account.address.toLowerCase(),
    );
    for (const wrong of [mirrored, `0x${r}${pad(s)}00`, `0x${r}${pad(s)}01`, `0x${r}${pad(s)}25`, `0x${r}${pad(s)}1`]) {
      expect(await recoverSigner(data, wrong), wrong).toBeUndefined();
    }
    for (const wrong of [
      `0x${"00".repeat(65)}`,
      `0x${"ff".repeat(65)}`,
      `0x${"00".repeat(64)}1b`,
      "0x",
      "",
      "zz",
      "\ud800",
    ]) {
      expect(await recoverSigner(data, wrong), wrong).toBeUndefined();
    }
  });

  test("with one bit flipped does not name its signer", async () => {
    const signature = await account.signTypedData(data);
    const bytes = Buffer.from(signature.slice(2), "hex");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await verifySignature(data, `0x${flipped.toString("hex")}`, account.address), `bit ${bit}`).toBe(false);
    }
  });

  test("check never rejects, whatever it is given", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), hex(65), hex(64)), async (signature) => {
        expect(await verifySignature(data, signature, account.address)).toBe(false);
      }),
    );
    const outOfRange = { ...data, message: { ...data.message, owed: 1n << 96n } };
    expect(await recoverSigner(outOfRange, await account.signTypedData(data))).toBeUndefined();
    expect(await recoverSigner({} as AnyTypedData, `0x${"11".repeat(64)}1b`)).toBeUndefined();
  });
});

describe("a recorded payment", () => {
  test("of @x402/evm exact carries the signature of its payer over the token's authorization", async () => {
    const { payload, accepted } = decodePaymentSignature(recorded["exact-eip3009"]["payment-signature"]);
    const { authorization, signature } = payload as { authorization: Record<string, `0x${string}`>; signature: string };
    const { name, version } = accepted.extra as { name: string; version: string };
    const typed = transferAuthorizationTypedData(
      { chainId: 31337, address: accepted.asset as `0x${string}`, name, version },
      {
        from: authorization.from ?? "0x",
        to: authorization.to ?? "0x",
        value: BigInt(authorization.value ?? 0),
        validAfter: BigInt(authorization.validAfter ?? 0),
        validBefore: BigInt(authorization.validBefore ?? 0),
        nonce: authorization.nonce ?? "0x",
      },
    );
    expect(await recoverSigner(typed, signature)).toBe(authorization.from);
  });
});

describe("ids and references", () => {
  const channel = channelSchema.parse({
    payer: `0x${"01".repeat(20)}`,
    payerSigner: `0x${"02".repeat(20)}`,
    payee: `0x${"03".repeat(20)}`,
    payeeSigner: `0x${"04".repeat(20)}`,
    token: `0x${"05".repeat(20)}`,
    exitDelay: 604_800,
    challengePeriod: 86_400,
    salt: `0x${"06".repeat(32)}`,
  });
  const where = { chainId: 1, address: channel.payee };

  test("every term, the chain and the contract are in a channel's id", () => {
    const id = channelId(where, channel);
    const changes: Partial<typeof channel>[] = [
      { payer: channel.payee },
      { payerSigner: channel.payee },
      { payee: channel.payer },
      { payeeSigner: channel.payee },
      { token: channel.payee },
      { exitDelay: 86_400 },
      { challengePeriod: 3_600 },
      { salt: ZERO_BYTES32 },
    ];
    const others = [
      channelId({ ...where, chainId: 2 }, channel),
      channelId({ ...where, address: channel.payer }, channel),
      ...changes.map((change) => channelId(where, { ...channel, ...change })),
    ];
    expect(new Set([id, ...others]).size).toBe(others.length + 1);
  });

  test("a deposit's nonce names the channel and the salt", () => {
    const id = channelId(where, channel);
    expect(new Set([depositNonce(id, ZERO_BYTES32), depositNonce(ZERO_BYTES32, id), depositNonce(id, id)]).size).toBe(
      3,
    );
  });

  test("a receipt's ref depends on everything that was bought, and on the method in any case", () => {
    const request = { method: "get", url: "https://toll.example/a", bodyDigest: ZERO_BYTES32, status: 200 };
    const refs = [
      receiptRef(request),
      receiptRef({ ...request, method: "POST" }),
      receiptRef({ ...request, url: "https://toll.example/b" }),
      receiptRef({ ...request, bodyDigest: `0x${"01".repeat(32)}` }),
      receiptRef({ ...request, status: 404 }),
    ];
    expect(new Set(refs).size).toBe(refs.length);
    expect(receiptRef({ ...request, method: "GET" })).toBe(refs[0]);
  });

  test("a state is read from digits and from nothing else", () => {
    const wire = { channelId: ZERO_BYTES32, nonce: "1", owed: "2", earned: "1", credited: "0" };
    expect(stateSchema.parse(wire)).toEqual({ channelId: ZERO_BYTES32, nonce: 1n, owed: 2n, earned: 1n, credited: 0n });
    for (const field of Object.keys(wire)) {
      for (const wrong of [1, "-1", "1.5", null, "0x", (1n << 97n).toString()]) {
        expect(stateSchema.safeParse({ ...wire, [field]: wrong }).success, `${field} ${wrong}`).toBe(false);
      }
    }
  });
});
