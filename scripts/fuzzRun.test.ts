/** Claims about what `npm run fuzz` can be asked for, and about which Solidity runs count as proof. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { fuzzOptions, solidityOutcome } from "./fuzzRun.ts";

describe("what is asked for", () => {
  test("is five minutes of fresh seeds unless told otherwise", () => {
    expect(fuzzOptions([])).toEqual({ minutes: 5, seed: undefined, path: undefined });
    expect(fuzzOptions(["--minutes", "0.5", "--seed", "7"])).toEqual({ minutes: 0.5, seed: 7, path: undefined });
  });

  test("is one life where its seed and path are given", () => {
    const path = { seed: 0, path: "10:1:2" };
    expect(fuzzOptions(["--seed", "0", "--path", "10:1:2"])).toEqual({ minutes: 5, seed: 0, path });
  });

  test.each([
    ["a negative seed", ["--seed=-1"]],
    ["a negative seed after a space", ["--seed", "-1"]],
    ["a seed of more than 31 bits", ["--seed", "2147483648"]],
    ["a seed that is no whole number", ["--seed", "1.5"]],
    ["an empty seed", ["--seed", ""]],
    ["a path without its seed", ["--path", "0:1"]],
    ["a path that is none", ["--seed", "1", "--path", "up"]],
    ["no time", ["--minutes", "0"]],
    ["time before now", ["--minutes=-5"]],
    ["time without end", ["--minutes", "Infinity"]],
    ["time that is no number", ["--minutes", "long"]],
    ["an option that there is not", ["--sed", "1"]],
    ["a word too many", ["5"]],
  ])("is refused with %s", (_what, args) => {
    expect(fuzzOptions(args)).toBeUndefined();
  });
});

describe("a Solidity run", () => {
  const ended = (status: number, stdout: string) => solidityOutcome({ status, signal: null, stdout });

  test("has passed if tests ran and all of them held", () => {
    expect(ended(0, "Running Solidity tests\n\n  212 passing (12s)\n")).toEqual({ kind: "passed", tests: 212 });
  });

  test("has failed if one did not, or if its process says so", () => {
    expect(ended(1, "  211 passing\n  1 failing\n")).toEqual({ kind: "failed" });
    expect(ended(0, "  211 passing\n  1 failing\n")).toEqual({ kind: "failed" });
    expect(ended(1, "  1 failing\n")).toEqual({ kind: "failed" });
    expect(ended(1, "  212 passing\n")).toEqual({ kind: "failed" });
  });

  test("in which no test ran proves nothing, however it ended", () => {
    expect(ended(0, "No contracts to compile\n")).toEqual({ kind: "untested" });
    expect(ended(0, "  0 passing\n")).toEqual({ kind: "untested" });
    expect(ended(1, "Compilation failed\n")).toEqual({ kind: "untested" });
  });

  test("that was killed, or never started, is no breach", () => {
    const run = (program: string, script: string) => spawnSync(program, ["-e", script], { encoding: "utf8" });
    const killed = run(process.execPath, "console.log('  3 passing'); process.kill(process.pid, 'SIGKILL')");
    expect(solidityOutcome(killed)).toEqual({ kind: "stopped", by: "SIGKILL" });
    expect(solidityOutcome(run("/nowhere/node", ""))).toMatchObject({ kind: "stopped" });
    expect(ended(137, "  3 passing\n")).toEqual({ kind: "stopped", by: "signal 9" });
  });
});
