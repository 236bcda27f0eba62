/** What a route asks for: the `state-channel` entry of a 402, its PAYMENT-REQUIRED header and the plain ones beside it. */
import {
  encodePaymentRequired,
  formatDollars,
  formatUnits,
  type Last,
  PAYMENT_REQUIRED,
  plainHeadersOf,
  type Refusal,
  STATE_CHANNEL,
} from "@tollpass/protocol";
import type { Request } from "express";
import type { Address } from "viem";
import type { Settings } from "./options.ts";
import type { Route } from "./routes.ts";

/** Where the channel endpoints live, below the origin and the mount path of the middleware. */
export const CHANNELS_PATH = "/.well-known/x402/channels";

/** Longer than a deposit needs to be mined. */
const MAX_TIMEOUT_SECONDS = 60;

/** Public URL of the server as this request sees it, without a slash at the end. */
function originOf(settings: Settings, request: Request): string {
  return settings.publicUrl ?? `${request.protocol}://${request.get("host") ?? "localhost"}`;
}

/** The absolute URL of what is asked for: `resource.url`. */
export const resourceUrl = (settings: Settings, request: Request): string =>
  `${originOf(settings, request)}${request.originalUrl}`;

/** Whether two URLs name the same host, path and query. The scheme may differ: a proxy may have ended TLS. */
export function sameResource(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  const [left, right] = [new URL(a), new URL(b)];
  return left.host === right.host && left.pathname === right.pathname && left.search === right.search;
}

export const priceText = (route: Route): string =>
  route.token.dollar
    ? formatDollars(route.price, route.token.decimals)
    : `${formatUnits(route.price, route.token.decimals)} ${route.token.symbol}`;

/** The entry of `accepts` as JSON, the same for every request of a route at one origin. */
export function requirementOf(
  settings: Settings,
  route: Route,
  request: Request,
  payeeSigner: Address,
): Readonly<Record<string, unknown>> {
  const { contract, network } = settings;
  return {
    scheme: STATE_CHANNEL,
    network: network.id,
    amount: route.price.toString(),
    asset: route.token.address,
    payTo: settings.payTo,
    maxTimeoutSeconds: MAX_TIMEOUT_SECONDS,
    // Without a contract there is nothing to pay into: the price is shown, and no wallet takes it for an offer.
    ...(contract && {
      extra: {
        contract,
        payeeSigner,
        exitDelay: settings.exitDelay,
        challengePeriod: settings.challengePeriod,
        relay: settings.relayKey !== undefined,
        receipts: `${originOf(settings, request)}${request.baseUrl}${CHANNELS_PATH}`,
        name: route.token.eip712?.name ?? "",
        version: route.token.eip712?.version ?? "",
        ...(settings.relayKey && route.token.dollar && { minDeposit: settings.minDeposit.toString() }),
      },
    }),
  };
}

const digits = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

/** The headers of a 402. `last` reports on the payer's own channel, and goes to validly signed payments only. */
export function paymentRequiredHeaders(options: {
  readonly settings: Settings;
  readonly route: Route;
  readonly request: Request;
  readonly requirement: Readonly<Record<string, unknown>>;
  readonly refusal: Refusal;
  readonly last?: Last | undefined;
}): Record<string, string> {
  const { settings, route, request, requirement, refusal, last } = options;
  const extra = requirement.extra as Record<string, unknown> | undefined;
  const entry =
    last && extra
      ? { ...requirement, extra: { ...extra, last: JSON.parse(JSON.stringify(last, digits)) } }
      : requirement;
  const header = encodePaymentRequired({
    x402Version: 2,
    error: refusal,
    resource: {
      url: resourceUrl(settings, request),
      ...(route.description !== undefined && { description: route.description }),
      ...(route.mimeType !== undefined && { mimeType: route.mimeType }),
    },
    accepts: [entry],
  });
  return {
    [PAYMENT_REQUIRED]: header,
    ...(settings.contract &&
      plainHeadersOf({
        amount: route.price,
        token: route.token,
        contract: settings.contract,
        network: settings.network.id,
        ...(last && { nonce: last.state.nonce + 1n }),
      })),
  };
}
