import { describe, expect, test } from "vitest";
import { chainIdOf, NETWORKS, type Network } from "./registry.ts";

describe.each(NETWORKS.map((network): [string, Network] => [network.name, network]))("%s", (_name, network) => {
  test("has servers of two operators at least, so that one alone is not believed", () => {
    const urls = network.rpcUrls.map((url) => new URL(url));
    // Of one operator are all hosts under one registered domain, such as base.org.
    const operators = new Set(urls.map(({ hostname }) => hostname.split(".").slice(-2).join(".")));
    expect(operators.size).toBeGreaterThanOrEqual(2);
    expect(operators.size).toBe(urls.length);
  });

  test("is asked over https, without keys or accounts in the address", () => {
    for (const url of network.rpcUrls.map((text) => new URL(text))) {
      expect(url).toMatchObject({ protocol: "https:", username: "", password: "", search: "", hash: "" });
    }
  });

  test("has the id of its chain", () => {
    expect(chainIdOf(network.id)).toBe(network.chainId);
  });
});
