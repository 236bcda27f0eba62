/** Every refusal of the contract or a token reaches the person in words. */
import { stateChannelsAbi } from "@tollpass/protocol";
import { BaseError, encodeAbiParameters, encodeErrorResult, type Hex, RpcRequestError, toFunctionSelector } from "viem";
import { expect, test } from "vitest";
import { toChainError } from "./reasons.ts";

const revertOf = (data: unknown) =>
  new BaseError("call failed", {
    cause: new RpcRequestError({ body: {}, url: "http://127.0.0.1", error: { code: 3, message: "reverted", data } }),
  });

test("each error that the contract declares has words of its own", () => {
  const errors = stateChannelsAbi.filter((item) => item.type === "error");
  const messages = errors.map((error) => {
    const zeros = error.inputs.map(() => `0x${"00".repeat(32)}` as Hex);
    const data = `${toFunctionSelector(`${error.name}(${error.inputs.map(({ type }) => type).join()})`)}${zeros
      .map((word) => word.slice(2))
      .join("")}`;
    const seen = toChainError(revertOf(data));
    expect(seen).toMatchObject({ code: "reverted", reason: error.name });
    return seen.message;
  });
  expect(new Set(messages).size).toBe(errors.length);
  expect(errors.length).toBeGreaterThan(15);
});

test("a token's own text is shown, cut and stripped of what could deceive", () => {
  const text = `FiatTokenV2: authorization is used${"\u202e"} or canceled`;
  const data = `0x08c379a0${encodeAbiParameters([{ type: "string" }], [text]).slice(2)}`;
  expect(toChainError(revertOf(data))).toMatchObject({
    code: "reverted",
    reason: "FiatTokenV2: authorization is used or canceled",
  });
  const long = `0x08c379a0${encodeAbiParameters([{ type: "string" }], ["x".repeat(5_000)]).slice(2)}`;
  expect(toChainError(revertOf(long)).message.length).toBeLessThan(300);
});

test("data nested as some servers send it is read as well, and unknown data is still a refusal", () => {
  const data = encodeErrorResult({ abi: stateChannelsAbi, errorName: "ZeroAmount" });
  expect(toChainError(revertOf({ data }))).toMatchObject({ reason: "ZeroAmount" });
  const unknown = toChainError(revertOf("0xdeadbeef"));
  expect([unknown.code, unknown.reason]).toEqual(["reverted", undefined]);
});

test("whatever is thrown becomes a chain error", () => {
  for (const thrown of [new Error("?"), new TypeError("x is not a function"), "text", undefined, null, 7]) {
    expect(toChainError(thrown)).toMatchObject({ name: "ChainError", code: "bad_answer" });
  }
});
