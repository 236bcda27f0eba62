/** Claims about digests: those of independent implementations, for whatever types, and nothing for what does not fit. */
import { SignTypedDataVersion, TypedDataUtils } from "@metamask/eth-sig-util";
import fc from "fast-check";
import { getAddress, hashTypedData, type TypedDataDefinition } from "viem";
import { expect, test } from "vitest";
import { forOracle } from "../fixtures/oracle.ts";
import { type AnyTypedData, digestOf } from "./digest.ts";
import { stateTypedData, ZERO_BYTES32 } from "./typedData.ts";

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((array) => `0x${Buffer.from(array).toString("hex")}` as const);
const address = hex(20).map((text) => getAddress(text));
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });

const domain = fc.record(
  {
    name: fc.string({ unit: "binary", maxLength: 12 }),
    version: fc.string({ maxLength: 4 }),
    chainId: fc.oneof(fc.integer({ min: 1 }), fc.bigInt({ min: 1n, max: 2n ** 64n })),
    verifyingContract: address,
  },
  { requiredKeys: ["name", "version", "chainId", "verifyingContract"] },
);

/** A field of any type that lies in one word, with a value that fits it. */
const flat = fc.oneof(
  fc
    .integer({ min: 1, max: 32 })
    .chain((bytes) => uint(bytes * 8).map((value) => ({ type: `uint${bytes * 8}`, value }))),
  fc.nat().map((value) => ({ type: "uint32", value })),
  address.map((value) => ({ type: "address", value })),
  hex(32).map((value) => ({ type: "bytes32", value })),
  fc.boolean().map((value) => ({ type: "bool", value })),
);
/** And those whose encoding is longer, or another one. */
const any = fc.oneof(
  flat,
  fc.string({ unit: "binary" }).map((value) => ({ type: "string", value })),
  hex(7).map((value) => ({ type: "bytes", value })),
  hex(4).map((value) => ({ type: "bytes4", value })),
  fc.array(uint(64)).map((value) => ({ type: "uint64[]", value })),
  fc.integer().map((value) => ({ type: "int256", value: BigInt(value) })),
);

const typed = (field: typeof any): fc.Arbitrary<AnyTypedData> =>
  fc.record({ where: domain, fields: fc.array(field, { minLength: 1, maxLength: 9 }) }).map(({ where, fields }) => ({
    domain: where,
    types: { Message: fields.map(({ type }, index) => ({ name: `field${index}`, type })) },
    primaryType: "Message",
    message: Object.fromEntries(fields.map(({ value }, index) => [`field${index}`, value])),
  }));

function byOracle(data: AnyTypedData): string {
  return `0x${Buffer.from(TypedDataUtils.eip712Hash(forOracle(data), SignTypedDataVersion.V4)).toString("hex")}`;
}

test("a message of one-word fields has the digest that viem and eth-sig-util compute", () => {
  fc.assert(
    fc.property(typed(flat), (data) => {
      const digest = digestOf(data);
      expect(digest).toBe(hashTypedData(data as TypedDataDefinition));
      expect(digest).toBe(byOracle(data));
    }),
    { numRuns: 300 },
  );
});

test("so has a message of other fields, alone or among them", () => {
  fc.assert(
    fc.property(typed(any), (data) => {
      expect(digestOf(data)).toBe(hashTypedData(data as TypedDataDefinition));
    }),
  );
});

const CONTRACT = { chainId: 1, address: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC" } as const;
const state = stateTypedData(CONTRACT, { channelId: ZERO_BYTES32, nonce: 1n, owed: 2n, earned: 1n, credited: 0n });

test("what is kept of one domain or type is never taken for another", () => {
  const digests = [
    state,
    { ...state, domain: { ...state.domain, chainId: 2 } },
    { ...state, domain: { ...state.domain, name: "x402 State Channels1", version: "" } },
    { ...state, domain: { ...state.domain, verifyingContract: ZERO_BYTES32.slice(0, 42) as `0x${string}` } },
    {
      ...state,
      types: { State: state.types.State.map((field) => ({ ...field, type: field.type.replace("96", "88") })) },
    },
    { ...state, types: { State: [...state.types.State].reverse() } },
    { ...state, types: { Other: state.types.State }, primaryType: "Other" },
  ].map((data) => [digestOf(data as AnyTypedData), hashTypedData(data as TypedDataDefinition)]);
  for (const [ours, viems] of digests) expect(ours).toBe(viems);
  expect(new Set(digests.flat()).size).toBe(digests.length);
});

test("after more domains than are kept each still has its own digest", () => {
  for (let chainId = 1; chainId < 600; chainId += 1) {
    const data = { ...state, domain: { ...state.domain, chainId } };
    if (chainId % 100 < 3) expect(digestOf(data)).toBe(hashTypedData(data as TypedDataDefinition));
    else digestOf(data);
  }
  expect(digestOf(state)).toBe(hashTypedData(state));
});

test("an address is worth its bytes, whatever the case of its letters", () => {
  const types = { Message: [{ name: "to", type: "address" }] };
  const to = (address: string) => ({ domain: state.domain, types, primaryType: "Message", message: { to: address } });
  expect(digestOf(to(CONTRACT.address.toLowerCase()))).toBe(digestOf(to(CONTRACT.address)));
});

test.each([
  ["uint96", 1n << 96n],
  ["uint96", -1n],
  ["uint96", 1.5],
  ["uint96", 2 ** 53],
  ["uint96", "7"],
  ["uint96", undefined],
  ["uint8", 256],
  ["address", `0x${"11".repeat(19)}`],
  ["address", `0x${"zz".repeat(20)}`],
  ["bytes32", `0x${"11".repeat(31)}`],
  ["bytes32", "11".repeat(33)],
  ["bytes32", null],
  ["bool", 1],
  ["uint7", 1n],
  ["uint264", 1n],
])("a field of %s takes no %s", (type, value) => {
  const types = { Message: [{ name: "field", type }] };
  expect(() => digestOf({ domain: state.domain, types, primaryType: "Message", message: { field: value } })).toThrow();
});
