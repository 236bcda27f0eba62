/**
 * The owner's office: what the till holds, for the owner of the paper alone. Demo only: it has no password and is
 * answered only to this machine, under a name that no other site can take.
 */
import { type RequestHandler, Router } from "express";
import { html } from "./html.ts";
import { layout } from "./layout.ts";
import type { Till } from "./till.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

/** Only this machine, and only by a loopback name: a page elsewhere that points its own name here is turned away. */
const loopbackOnly: RequestHandler = (request, response, next) => {
  const name = request.hostname.replace(/^\[|\]$/g, "");
  if (LOOPBACK.has(request.socket.remoteAddress ?? "") && (LOOPBACK.has(name) || name === "localhost")) {
    next();
    return;
  }
  response.status(404).end();
};

/** Only a request that this very page made may move money. */
const sameOriginOnly: RequestHandler = (request, response, next) => {
  const { origin } = request.headers;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.headers.host) {
    next();
    return;
  }
  response.status(403).end();
};

function page(): string {
  return layout({
    title: "Owner’s office",
    script: "owner.js",
    body: html`
<div class="office" data-office>
<h1>Owner’s office</h1>
<p class="quiet">What readers have signed, what it adds up to, and the button that turns it into money. Shown to this machine only.</p>
<dl class="figures">
  <div><dt>Income today</dt><dd data-figure="today">–</dd></div>
  <div><dt>Ready to cash in</dt><dd data-figure="ready">–</dd></div>
  <div><dt>Cashed in</dt><dd data-figure="claimed">–</dd></div>
  <div><dt>Requests sold</dt><dd data-figure="sold">–</dd></div>
</dl>
<div class="till">
  <button type="button" class="main" data-cash-in disabled>Cash in</button>
  <p data-cashed aria-live="polite" class="quiet">Every channel in one transaction.</p>
</div>
<section><h2 id="channels">Channels</h2>
<div class="ledger" role="region" aria-labelledby="channels" tabindex="0"><table>
<thead><tr><th scope="col">Reader</th><th scope="col">State</th><th scope="col" class="sum">Deposit</th><th scope="col" class="sum">Owed</th><th scope="col" class="sum">Earned</th><th scope="col" class="sum">Cashed in</th></tr></thead>
<tbody data-rows="channels"></tbody></table></div>
<p data-empty="channels" class="quiet">No reader has opened a channel yet. It opens by itself with the first paid page.</p></section>
<section><h2 id="receipts">Latest receipts</h2>
<div class="ledger" role="region" aria-labelledby="receipts" tabindex="0"><table>
<thead><tr><th scope="col">Time</th><th scope="col">Sold</th><th scope="col">Reader</th><th scope="col" class="sum">No.</th><th scope="col" class="sum">Charged</th></tr></thead>
<tbody data-rows="receipts"></tbody></table></div>
<p data-empty="receipts" class="quiet">Nothing has been sold yet.</p></section>
</div>`,
  });
}

/** Routes below `/owner`. */
export function ownerOffice(till: Till): Router {
  const router = Router();
  router.use(loopbackOnly, (_request, response, next) => {
    response.setHeader("Cache-Control", "no-store");
    next();
  });
  router.get("/", (_request, response) => {
    response.send(page());
  });
  router.get("/books.json", async (_request, response) => {
    response.json(await till.books());
  });
  router.post("/cash-in", sameOriginOnly, async (_request, response) => {
    response.json(await till.cashIn());
  });
  return router;
}
