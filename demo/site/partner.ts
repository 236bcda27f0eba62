/**
 * The partner desk: another seller on a server of its own, who sells with the unmodified `@x402/express` and the
 * `exact` scheme. Its facilitator runs inside the same process, on the local chain.
 */
import { x402Facilitator } from "@x402/core/facilitator";
import type { FacilitatorClient } from "@x402/core/server";
import { toFacilitatorEvmSigner } from "@x402/evm";
import { ExactEvmScheme as ExactFacilitator } from "@x402/evm/exact/facilitator";
import { ExactEvmScheme } from "@x402/evm/exact/server";
import { paymentMiddleware, x402ResourceServer } from "@x402/express";
import express from "express";
import { type Address, createWalletClient, http, publicActions } from "viem";
import { type LocalChain, localNetwork } from "#demo/chain/index.ts";
import { PARTNER_PRICES } from "#demo/prices.ts";
import { requireGood } from "./goods.ts";
import { paperHeaders } from "./headers.ts";
import { html } from "./html.ts";
import { document, priceTag } from "./layout.ts";
import { listen } from "./listen.ts";

export const TIDES = "/tide-tables";

export interface PartnerDesk {
  readonly url: string;
  readonly payTo: Address;
  close(): Promise<void>;
}

/** Verifies and settles on the local chain, as a public facilitator would on its chains. */
function facilitator(chain: LocalChain, network: `eip155:${number}`): x402Facilitator {
  const client = createWalletClient({
    account: chain.accounts.alice,
    chain: chain.viemChain,
    transport: http(chain.rpcUrl),
    pollingInterval: 50,
  }).extend(publicActions);
  const signer = toFacilitatorEvmSigner({
    address: client.account.address,
    readContract: (args) => client.readContract({ ...args, args: args.args ?? [] }),
    verifyTypedData: (args) => client.verifyTypedData(args as Parameters<typeof client.verifyTypedData>[0]),
    writeContract: (args) => client.writeContract(args),
    sendTransaction: (args) => client.sendTransaction(args),
    waitForTransactionReceipt: (args) => client.waitForTransactionReceipt(args),
    getCode: (args) => client.getCode(args),
  });
  return new x402Facilitator().register(network, new ExactFacilitator(signer));
}

function page(title: string, body: Parameters<typeof html>[1]): string {
  return document(
    {
      title: `${title} · The Partner Desk`,
      body: html`
<header class="masthead"><p class="name"><a href="/">The Partner Desk</a></p>
<p class="motto">Tides, wholesale and retail. A house of its own.</p><nav aria-label="Sections"><ul><li><a href="/">Counter</a></li></ul></nav></header>
<main id="main"><section class="narrow">${body}</section></main>`,
    },
    "paper",
  );
}

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

function tables(): string {
  const rows = DAYS.map((day, index) => ({ day, high: 252 + index * 50, low: 625 + index * 50 }));
  return page(
    requireGood(TIDES, PARTNER_PRICES).description,
    html`<h1>Tides at Lower Quill</h1><p class="standfirst">Settled on chain before you read this line: one payment, one transfer.</p>
<div class="ledger"><table><thead><tr><th scope="col">Day</th><th scope="col">High water</th><th scope="col">Low water</th></tr></thead>
<tbody>${rows.map(({ day, high, low }) => html`<tr><th scope="row">${day}</th><td>${clock(high)}</td><td>${clock(low)}</td></tr>`)}</tbody></table></div>`,
  );
}

/** Opens the desk on a free port of the loopback interface. `assets`: folder of the style sheets. */
export async function startPartnerDesk(chain: LocalChain, assets: string): Promise<PartnerDesk> {
  const network = localNetwork(chain);
  const token = network.tokens[0];
  if (!token) throw new Error("the local chain has no token");
  const payTo = chain.accounts.bob.address;
  const local = facilitator(chain, network.id);
  const server = new x402ResourceServer({
    verify: (payload, requirements) => local.verify(payload, requirements),
    settle: (payload, requirements) => local.settle(payload, requirements),
    // The kinds are the facilitator's own; only its networks are typed more loosely than the client's.
    getSupported: async () => local.getSupported() as Awaited<ReturnType<FacilitatorClient["getSupported"]>>,
  }).register(network.id, new ExactEvmScheme());

  const app = express();
  app.disable("x-powered-by");
  app.use(paperHeaders);
  app.use("/assets", express.static(assets));
  app.get("/", (_request, response) => {
    const good = requireGood(TIDES, PARTNER_PRICES);
    response.send(
      page(
        "Counter",
        html`<h1>Tide tables</h1><p class="standfirst">We are not the newspaper; we only live next door. We take one payment at a time and carry each to the bank ourselves.</p>
<p><a href="${TIDES}">${good.description}</a> ${priceTag(good.price)}</p>`,
      ),
    );
  });
  app.use(
    paymentMiddleware(
      Object.fromEntries(
        Object.keys(PARTNER_PRICES).map((path) => {
          const { price, description } = requireGood(path, PARTNER_PRICES);
          const asset = { asset: token.address, amount: price.toString(), extra: { ...token.eip712 } };
          const accepts = { scheme: "exact", network: network.id, payTo, price: asset };
          return [`GET ${path}`, { accepts, description, mimeType: "text/html" }];
        }),
      ),
      server,
    ),
  );
  app.get(TIDES, (_request, response) => {
    response.send(tables());
  });
  return { ...(await listen(app)), payTo };
}
