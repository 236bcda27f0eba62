/** Which requests cost something: the route table, and how a request's path is looked up in it. */
import { posix } from "node:path";
import { findToken, NATIVE, type Network, parsePrice, type Token } from "@tollpass/protocol";

/** A price such as "$0.01" (a dollar token) or "0.01" (units of `asset`), and what the reader is told about it. */
export interface RouteOptions {
  readonly price: string;
  readonly description?: string;
  readonly mimeType?: string;
  /** Symbol or address of a token of the network, or "ETH" for the native coin. Default: the first dollar token. */
  readonly asset?: string;
  /** The price is a ceiling; the handler says with `req.payment.charge()` what was used. */
  readonly metered?: true;
}

/**
 * Keys are paths, with an optional method in front: "/article", "GET /api/*", "POST /upload". `*` stands for any
 * characters, slashes included. Without a method every method costs; "GET" includes HEAD. What no key matches is free;
 * among several matches the most specific one counts.
 */
export type RouteTable = Readonly<Record<string, string | RouteOptions>>;

/** One line of the table, its price in atomic units of `token`. */
export interface Route {
  readonly key: string;
  readonly price: bigint;
  readonly token: Token;
  readonly metered: boolean;
  readonly description: string | undefined;
  readonly mimeType: string | undefined;
}

interface Line extends Route {
  readonly method: string | undefined;
  readonly pattern: RegExp;
  readonly weight: number;
}

const KEY = /^(?:([A-Z]+) +)?(\/\S*|\*)$/;

/** ETH as a token record: 18 decimals, no authorizations. */
const ETHER: Token = { address: NATIVE, symbol: "ETH", decimals: 18, dollar: false, eip3009: false };

function tokenFor(network: Network, asset: string | undefined, price: string): Token {
  const found =
    asset === undefined
      ? network.tokens.find((token) => token.dollar)
      : asset === "ETH"
        ? ETHER
        : (network.tokens.find((token) => token.symbol === asset) ?? findToken(network, asset));
  if (!found) throw new TypeError(`${network.name} has no token ${asset ?? "worth a dollar"} that is known here.`);
  if (price.trim().startsWith("$") && !found.dollar) {
    throw new TypeError(
      `"${price}" is in dollars, but ${found.symbol} is not a dollar token: write the price without $.`,
    );
  }
  return found;
}

function lineOf(network: Network, key: string, value: string | RouteOptions): Line {
  const match = KEY.exec(key);
  if (!match) throw new TypeError(`"${key}" is not a route such as "/article" or "GET /api/*".`);
  const [, method, glob = ""] = match;
  const options: RouteOptions = typeof value === "string" ? { price: value } : value;
  const token = tokenFor(network, options.asset, options.price);
  const literal = glob === "/" ? "/" : glob.replace(/\/+$/, "");
  // As Express matches by default: any case, with or without a slash at the end.
  const source = literal.split("*").map(escapeRegExp).join(".*");
  return {
    key,
    method,
    pattern: new RegExp(`^${source}/?$`, "is"),
    // Longer literals are more specific; an exact path beats a glob, a named method beats any.
    weight: literal.replaceAll("*", "").length * 4 + (literal.includes("*") ? 0 : 2) + (method ? 1 : 0),
    price: parsePrice(options.price, token.decimals),
    token,
    metered: options.metered ?? false,
    description: options.description,
    mimeType: options.mimeType,
  };
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * All the ways in which a handler further down may read this path: as sent, decoded, and with dots and doubled slashes
 * resolved. If any of them costs, the request costs: a paywall must not be walked around by spelling.
 */
function spellings(path: string): string[] {
  const spelled = [path];
  try {
    const decoded = decodeURIComponent(path);
    const normal = posix.normalize(decoded.replaceAll("\\", "/").replace(/\/{2,}/g, "/"));
    spelled.push(decoded, normal);
  } catch {
    // Not valid percent-encoding: Express answers such a path with 400.
  }
  return spelled;
}

/** The lookup function of a table. Throws a TypeError that names the line if one cannot be read. */
export function routeTable(
  network: Network,
  table: RouteTable,
): { readonly routes: readonly Route[]; find(method: string, paths: readonly string[]): Route | undefined } {
  const lines = Object.entries(table)
    .map(([key, value]) => lineOf(network, key, value))
    .sort((a, b) => b.weight - a.weight);
  const known = new Map<string, Line | undefined>();
  return {
    routes: lines,
    find(method, paths) {
      const asked = method === "HEAD" ? "GET" : method;
      const key = `${asked} ${paths.join(" ")}`;
      if (known.has(key)) return known.get(key);
      const candidates = [...new Set(paths)].flatMap(spellings);
      const found = lines.find(
        (line) =>
          (!line.method || line.method === asked || line.method === method) &&
          candidates.some((path) => line.pattern.test(path)),
      );
      // Bounded: paths come from strangers.
      if (known.size >= 2_000) known.clear();
      known.set(key, found);
      return found;
    },
  };
}
