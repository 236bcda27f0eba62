/** What a stranger gets from `npm install`: both packages, packed, in an empty folder, and the one line of the README. */
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decodePaymentRequired, requirementSchema } from "@tollpass/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
/** The npm that started the tests, run by this very Node; else the one on the path. */
const cli = process.env.npm_execpath;
const npm = (args: string[], cwd: string) =>
  cli ? run(process.execPath, [cli, ...args], { cwd, env }) : run("npm", args, { cwd, env });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pack-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Without the condition under which this repository runs its packages from source. */
const { NODE_OPTIONS: _, ...env } = process.env;

const ONE_LINE = `
import express from "express";
import { paymentMiddleware } from "@tollpass/provider";
const app = express();
app.use(paymentMiddleware("0x209693Bc6afc0C5328bA36FaF03C514EF312287C", { "/api/premium": "$0.01" }));
app.get("/api/premium", (request, response) => response.send("paid"));
const server = app.listen(0, "127.0.0.1", () => process.send(server.address().port));
`;

test("both packages install in an empty folder, the watcher starts, and the one line asks for its price", {
  timeout: 240_000,
}, async () => {
  for (const workspace of ["@tollpass/protocol", "@tollpass/provider"]) {
    await npm(["pack", "-w", workspace, "--pack-destination", folder, "--silent"], root);
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "shop", private: true, type: "module" }));
  writeFileSync(join(folder, "shop.js"), ONE_LINE);
  const tarballs = ["protocol", "provider"].map((name) => `./tollpass-${name}-0.1.0.tgz`);
  const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--silent"];
  await npm(["install", ...quiet, ...tarballs, "express@5.3.0"], folder);
  const help = await npm(["exec", "--offline", "--", "tollpass-watch", "--help"], folder);
  expect(help.stdout).toContain("tollpass-watch [--once]");
  const shop = fork(join(folder, "shop.js"), {
    cwd: folder,
    env,
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    const [port] = await once(shop, "message");
    const answer = await fetch(`http://127.0.0.1:${port}/api/premium`);
    expect(answer.status).toBe(402);
    const required = decodePaymentRequired(answer.headers.get("payment-required") ?? "");
    expect(requirementSchema.parse(required.accepts[0])).toMatchObject({
      scheme: "state-channel",
      network: "eip155:84532",
      amount: 10_000n,
      payTo: "0x209693Bc6afc0C5328bA36FaF03C514EF312287C",
    });
  } finally {
    const gone = once(shop, "exit");
    shop.kill();
    await gone;
  }
});
