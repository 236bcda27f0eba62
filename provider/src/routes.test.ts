/** What costs and what is free. */
import { NETWORKS, type Network } from "@tollpass/protocol";
import { describe, expect, test } from "vitest";
import { type RouteTable, routeTable } from "./routes.ts";

const [network] = NETWORKS as readonly [Network];
const find = (table: RouteTable, method: string, path: string) => routeTable(network, table).find(method, [path])?.key;

describe("the route table", () => {
  test("what is not in it is free", () => {
    expect(find({ "/api/premium": "$0.01" }, "GET", "/api")).toBeUndefined();
    expect(find({ "/api/premium": "$0.01" }, "GET", "/api/premium2")).toBeUndefined();
  });
  test("a price is atomic units of the network's dollar", () => {
    const route = routeTable(network, { "/a": "$0.01" }).find("GET", ["/a"]);
    expect([route?.price, route?.token.symbol]).toEqual([10_000n, "USDC"]);
  });
  test.each([
    "/api/premium",
    "/api/premium/",
    "/API/Premium",
    "/api/%70remium",
    "/api//premium",
    "/api/x/../premium",
    "/api/x/%2e%2e/premium",
    "/api\\premium",
  ])("%s costs what /api/premium costs", (path) => {
    expect(find({ "/api/premium": "$0.01" }, "GET", path)).toBe("/api/premium");
  });
  test("a star takes everything below it", () => {
    expect(find({ "/api/*": "$0.01" }, "GET", "/api/a/b/c")).toBe("/api/*");
    expect(find({ "/api/*": "$0.01" }, "GET", "/api2")).toBeUndefined();
  });
  test("a line for GET is for HEAD too, and not for POST", () => {
    expect(find({ "GET /a": "$0.01" }, "HEAD", "/a")).toBe("GET /a");
    expect(find({ "GET /a": "$0.01" }, "POST", "/a")).toBeUndefined();
  });
  test("the most specific line counts, wherever it stands", () => {
    const table = { "/api/*": "$1", "/api/cheap": "$0.01", "POST /api/cheap": "$0.02" };
    expect(find(table, "GET", "/api/cheap")).toBe("/api/cheap");
    expect(find(table, "POST", "/api/cheap")).toBe("POST /api/cheap");
    expect(find(table, "GET", "/api/other")).toBe("/api/*");
  });
  test.each([
    [{ "api/premium": "$0.01" }, /is not a route/],
    [{ "/a": "free" }, /is not a price/],
    [{ "/a": "$0" }, /out of range/],
    [{ "/a": { price: "$0.01", asset: "ETH" } }, /not a dollar token/],
    [{ "/a": { price: "1", asset: "DOGE" } }, /no token DOGE/],
  ] as [RouteTable, RegExp][])("%j is refused at start", (table, message) => {
    expect(() => routeTable(network, table)).toThrow(message);
  });
});
