/**
 * The EIP-712 digest of a message: what is signed, and what a signature is checked against. Domain separators and type
 * hashes are computed once and kept, so that a message costs two hashes.
 */
import { domainSeparator, type Hex, type TypedDataDefinition } from "viem";
import { concatBytes, hashTypedData, hexToBytes, keccak256, stringToBytes } from "viem/utils";

/** A typed-data message of any type, as `hashTypedData` of viem takes it. */
export type AnyTypedData = Pick<TypedDataDefinition, "domain" | "types" | "primaryType" | "message">;

/** More domains or types than any wallet or provider meets: a bound on what a stranger's offers make us keep. */
const MOST_KEPT = 256;
const WORD = 32;
const PREFIX = new Uint8Array([0x19, 0x01]);

const separators = new Map<string, Uint8Array>();
const typeHashes = new Map<string, Uint8Array>();

/**
 * The 32 bytes that EIP-712 signs: `keccak256(0x1901 ‖ domainSeparator ‖ hashStruct(message))`. Messages of static fields
 * alone (address, bool, bytes32, uintN), which all of ours are, are encoded here, others by viem. Throws a RangeError, or
 * an error of viem, if a value does not fit its type; an address may be written in any case.
 */
export function digestOf(typedData: AnyTypedData): Hex {
  const { types, primaryType, message } = typedData;
  const fields = (types as Record<string, readonly { name: string; type: string }[]>)[primaryType];
  const encoders = fields?.map(({ type }) => encoderOf(type));
  if (!fields || !encoders || encoders.includes(undefined)) return hashTypedData(typedData as TypedDataDefinition);

  const encoded = new Uint8Array(WORD * (fields.length + 1));
  encoded.set(typeHashOf(primaryType, fields));
  fields.forEach(({ name, type }, index) => {
    const value = (message as Record<string, unknown>)[name];
    const word = encoders[index]?.(value);
    if (!word) throw new RangeError(`The field ${name} is no ${type}.`);
    encoded.set(word, WORD * (index + 1) + (WORD - word.length));
  });
  return keccak256(concatBytes([PREFIX, separatorOf(typedData.domain ?? {}), keccak256(encoded, "bytes")]));
}

function separatorOf(domain: NonNullable<TypedDataDefinition["domain"]>): Uint8Array {
  const { name, version, chainId, verifyingContract, salt } = domain;
  const key = JSON.stringify([name, version, chainId?.toString(), verifyingContract, salt]);
  return kept(separators, key, () => hexToBytes(domainSeparator({ domain })));
}

function typeHashOf(name: string, fields: readonly { readonly name: string; readonly type: string }[]): Uint8Array {
  const spelled = `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;
  return kept(typeHashes, spelled, () => keccak256(stringToBytes(spelled), "bytes"));
}

function kept(memory: Map<string, Uint8Array>, key: string, compute: () => Uint8Array): Uint8Array {
  const known = memory.get(key);
  if (known) return known;
  const computed = compute();
  if (memory.size >= MOST_KEPT) memory.clear();
  memory.set(key, computed);
  return computed;
}

/** Makes the bytes of a value, at most a word, that lie at the end of its word; undefined if it is none of its type. */
type Encode = (value: unknown) => Uint8Array | undefined;

const bytesOf =
  (length: number): Encode =>
  (value) =>
    typeof value === "string" && value.length === 2 + 2 * length && /^0x[0-9a-fA-F]+$/.test(value)
      ? hexToBytes(value as Hex)
      : undefined;

function uintOf(bits: number): Encode {
  const limit = 1n << BigInt(bits);
  return (value) => {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
    const number = BigInt(value as bigint | number);
    if (number < 0n || number >= limit) return undefined;
    return hexToBytes(`0x${number.toString(16).padStart(2 * WORD, "0")}`);
  };
}

const FIXED: Readonly<Record<string, Encode>> = {
  address: bytesOf(20),
  bytes32: bytesOf(WORD),
  bool: (value) => (typeof value === "boolean" ? new Uint8Array([Number(value)]) : undefined),
};

/** Undefined for a type whose encoding is not a word of its own: `bytes`, `string`, arrays, structs. */
function encoderOf(type: string): Encode | undefined {
  if (Object.hasOwn(FIXED, type)) return FIXED[type];
  const bits = Number(/^uint(\d{1,3})$/.exec(type)?.[1]);
  return bits >= 8 && bits <= 256 && bits % 8 === 0 ? uintOf(bits) : undefined;
}
