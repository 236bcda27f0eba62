/** The digest leaves the body where it was, whatever its size and however it arrives. */
import { createHash } from "node:crypto";
import { createServer, type Server, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BodyDigest, digestBody, MAX_DIGESTED_BODY } from "./requestBody.ts";

let server: Server;
let seen: BodyDigest;
beforeAll(async () => {
  const app = express();
  app.post("/parsed", express.raw({ type: () => true, limit: "9mb" }));
  app.use(async (request, _response, next) => {
    seen = await digestBody(request);
    next();
  });
  app.use("/json", express.json());
  app.use(express.raw({ type: () => true, limit: "9mb" }));
  app.use((request, response) => {
    response.json(Buffer.isBuffer(request.body) ? request.body.toString("base64") : (request.body ?? null));
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const sha256 = (bytes: Uint8Array | string) => `0x${createHash("sha256").update(bytes).digest("hex")}`;

test.each([0, 1, 10_000, 70_000, MAX_DIGESTED_BODY])("%i bytes reach the handler and are digested", async (size) => {
  const body = Buffer.alloc(size, "tollbooth");
  const answer = await fetch(`${origin()}/raw`, { method: "POST", body });

  if (size > 0) expect(await answer.json()).toBe(body.toString("base64"));
  expect(seen).toEqual({ digest: sha256(body), exact: true });
});

test("a body above the limit reaches the handler whole, told apart by its first part", async () => {
  const body = Buffer.alloc(MAX_DIGESTED_BODY * 3, "x");
  const answer = await fetch(`${origin()}/raw`, { method: "POST", body });
  expect(await answer.json()).toBe(body.toString("base64"));
  expect(seen.exact).toBe(false);
});

test("a body in chunks is digested as one", async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const request = send(`${origin()}/raw`, { method: "POST" }, (answer) => {
      answer.setEncoding("utf8");
      let body = "";
      answer.on("data", (part: string) => {
        body += part;
      });
      answer.on("end", () => resolve(body));
    });
    request.on("error", reject);
    // Each part is written when the one before it has left this process.
    request.write("one ", () => request.write("two ", () => request.end("three")));
  });
  expect(Buffer.from(JSON.parse(text), "base64").toString()).toBe("one two three");
  expect(seen).toEqual({ digest: sha256("one two three"), exact: true });
});

test("a JSON parser behind the digest gets its JSON", async () => {
  const answer = await fetch(`${origin()}/json`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  expect(await answer.json()).toEqual({ a: 1 });
});

test("a body that a parser has already taken still has a digest", async () => {
  const answer = await fetch(`${origin()}/parsed`, { method: "POST", body: "gone" });
  expect(Buffer.from(await answer.json(), "base64").toString()).toBe("gone");
  expect(seen).toEqual({ digest: sha256("gone"), exact: true });
});
