/**
 * What tests derive from a schema of the message table: values that fit it, values that nearly do, and a second opinion,
 * independent of zod's parser, on whether a value fits.
 */
import fc from "fast-check";
import { z } from "zod";

/** The part of JSON Schema that zod makes of the table. */
export interface Shape {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** `input`: as senders write it; `output`: as it is after parsing. Throws for what JSON Schema cannot say. */
export function shapeOf(schema: z.ZodType, io: "input" | "output"): Shape {
  return z.toJSONSchema(schema, { io, reused: "inline" }) as Shape;
}

/** The shapes of which one has to fit; undefined for a shape that stands alone. */
function choicesOf(shape: Shape): readonly Shape[] | undefined {
  const { type, anyOf, oneOf } = shape;
  return anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((each: string) => ({ ...shape, type: each })) : undefined);
}

const unknownShape = (shape: Shape): never => {
  throw new RangeError(`tests do not know this shape yet: ${JSON.stringify(shape)}`);
};

/** Texts that have broken parsers before: numbers that are none, directions of writing, halves of characters, sheer size. */
const AWKWARD_TEXTS = [
  "__proto__",
  "constructor",
  "NaN",
  "-0",
  "-1",
  "1e309",
  "0x10",
  "1n",
  "٣",
  "１",
  "99999999999999999999999999999999",
  "0.0000000000000000000000000000001",
  "\u202e$1\u2066",
  "\u0000",
  "\ud800",
  "a\u0301\u200d",
  "<img src=x onerror=alert(1)>",
  "';--",
] as const;

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 4, arbitrary: fc.constantFrom(...AWKWARD_TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom("long ".repeat(1_000), "x".repeat(1 << 20)) },
);

const deep = fc.nat(2_000).map((depth) => {
  let value: unknown = "bottom";
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { request: value };
  return value;
});

/** Anything that a structured clone can carry, and some that it cannot. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  text,
  deep,
  fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true, withSet: true }),
  fc.constantFrom(undefined, null, Number.NaN, Infinity, -0, 2 ** 53, 1n, true, [], {}),
  fc.constantFrom('{"__proto__":{"done":true,"paused":true}}', '{"constructor":{"prototype":{}}}').map((json) => {
    return JSON.parse(json) as unknown;
  }),
);

/** Values that fit the shape, awkward ones among them. */
export function fitting(shape: Shape): fc.Arbitrary<unknown> {
  if ("const" in shape) return fc.constant(shape.const);
  if (shape.enum) return fc.constantFrom(...shape.enum);
  const choices = choicesOf(shape);
  if (choices) return fc.oneof(...choices.map(fitting));
  const { minLength = 0, maxLength = Infinity, minimum, maximum } = shape;
  switch (shape.type) {
    case "object": {
      const { properties = {}, required = [] } = shape;
      const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, fitting(field)]));
      return fc.record(fields, { requiredKeys: [...required] });
    }
    case "array":
      return fc.array(fitting(shape.items ?? unknownShape(shape)), { minLength: shape.minItems ?? 0, maxLength: 3 });
    case "string":
      return shape.pattern === undefined
        ? fc.oneof(text, fc.constant("a")).filter(({ length }) => length >= minLength && length <= maxLength)
        : fc.stringMatching(new RegExp(shape.pattern));
    case "integer":
      return fc.integer({ min: Math.max(minimum ?? -1e9, -1e9), max: Math.min(maximum ?? 1e9, 1e9) });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return unknownShape(shape);
  }
}

/** Whether a value is exactly of the shape: nothing missing, nothing of another kind, nothing besides. */
export function fits(shape: Shape, value: unknown): boolean {
  if ("const" in shape) return value === shape.const;
  if (shape.enum) return shape.enum.includes(value);
  const choices = choicesOf(shape);
  if (choices) return choices.some((choice) => fits(choice, value));
  const { minLength = 0, maxLength = Infinity, minimum = -Infinity, maximum = Infinity } = shape;
  switch (shape.type) {
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const { properties = {}, required = [] } = shape;
      const has = (name: string) => Object.hasOwn(value, name) && Reflect.get(value, name) !== undefined;
      return (
        required.every(has) &&
        Reflect.ownKeys(value).every((name) => {
          if (typeof name !== "string" || !Object.hasOwn(properties, name)) return false;
          const field = properties[name];
          const given: unknown = Reflect.get(value, name);
          return field !== undefined && (given === undefined ? !required.includes(name) : fits(field, given));
        })
      );
    }
    case "array":
      return Array.isArray(value) && value.every((each) => fits(shape.items ?? unknownShape(shape), each));
    case "string":
      return (
        typeof value === "string" &&
        value.length >= minLength &&
        value.length <= maxLength &&
        (shape.pattern === undefined || new RegExp(shape.pattern).test(value))
      );
    case "integer":
      return Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
    case "number":
      return Number.isFinite(value) && Number(value) >= minimum && Number(value) <= maximum;
    case "boolean":
      return typeof value === "boolean";
    case "null":
      return value === null;
    default:
      return unknownShape(shape);
  }
}

/** A value of the shape with nothing besides: what a parser that drops unknown fields makes of it. */
export function trimmed(shape: Shape, value: unknown): unknown {
  if (shape.type === "object" && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const known = Object.entries(shape.properties ?? {}).filter(([name]) => Object.hasOwn(value, name));
    return Object.fromEntries(known.map(([name, field]) => [name, trimmed(field, Reflect.get(value, name))]));
  }
  const choices = choicesOf(shape);
  if (!choices) return value;
  const wanted = choices.map((choice) => trimmed(choice, value)).find((cut, at) => fits(choices[at] ?? {}, cut));
  return wanted ?? value;
}

/** A value that fits, and what a hostile sender makes of it: fields lost, added, or of another kind, at any depth. */
export function bent(shape: Shape): fc.Arbitrary<unknown> {
  const bend = (value: unknown, where: number, how: number, other: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return other;
    const names = Object.keys(value);
    const name = names[where % Math.max(1, names.length)] ?? "extra";
    const field: unknown = Reflect.get(value, name);
    if (how === 0) return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
    if (how === 1) return { ...(JSON.parse('{"__proto__":{"paused":true}}') as object), ...value, extra: other };
    if (how === 2 && typeof field === "object") return { ...value, [name]: bend(field, where + 1, 3, other) };
    return { ...value, [name]: other };
  };
  return fc
    .tuple(fitting(shape), fc.nat(20), fc.nat(4), hostileValue)
    .map(([value, where, how, other]) => (how === 4 ? value : bend(value, where, how, other)));
}
