/** A shop in a process of its own, to be killed: `node shopProcess.ts <rpcUrl> <codeHash> <store file>`. */
import { paymentMiddleware, sqliteStore } from "@tollpass/provider";
import express from "express";
import type { Hex } from "viem";
import { DEV_ACCOUNTS } from "../../demo/chain/accounts.ts";
import { localNetwork } from "../../demo/chain/network.ts";
import { listen, QUIET, relayKeyOf } from "./shop.ts";

const [, , rpcUrl = "", codeHash = "0x", file = ""] = process.argv;

const app = express();
app.use(
  paymentMiddleware(
    DEV_ACCOUNTS.payee.address,
    { "/goods": "$0.01", "/hang": "$0.01", "/endless": "$0.01" },
    {
      network: localNetwork({ rpcUrl, codeHash: codeHash as Hex }),
      relayKey: relayKeyOf({ accounts: DEV_ACCOUNTS }),
      store: sqliteStore(file),
      maxUnacked: 100,
      // The same before and after a restart, as a real site's is; the port is another one.
      publicUrl: "http://shop.example",
      log: QUIET,
    },
  ),
);
app.get("/goods", (_request, response) => void response.send("goods"));
// Tells its parent that it is being served, and never answers.
app.get("/hang", () => void process.send?.("serving"));
// Begins a stream that never ends.
app.get("/endless", (_request, response) => void response.type("text/event-stream").write("data: 1\n\n"));

const { origin } = await listen(app);
process.send?.(origin);
