/** Claims about servers that answer for ever, too much or not at all: nobody's answer takes up memory or time without end. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fetchReceipt, postToChannel } from "./endpoint.ts";

const ID = `0x${"11".repeat(32)}` as const;
const MIB = 1 << 20;
let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((_request, response) => answer(response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const post = (type = "ack", timeout?: number) => postToChannel(fetch, url, ID, { type }, timeout);
const receipt = () => fetchReceipt(fetch, url, { channelId: ID, nonce: 1n }, "0x01");
const tooLong = { kind: "unreachable", message: "The provider's answer is too long to read." };

/** Writes up to 300 MiB for as long as somebody reads; resolves with the bytes that it could hand over. */
async function pour(response: ServerResponse): Promise<number> {
  const chunk = Buffer.alloc(MIB, "a");
  let sent = 0;
  const more = () => {
    while (!response.destroyed && sent < 300 * MIB) {
      sent += chunk.length;
      if (!response.write(chunk)) return void response.once("drain", more);
    }
    response.end();
  };
  more();
  await once(response, "close");
  return sent;
}

describe("an answer above 64 KiB", () => {
  test.each([
    ["that never ends", 200],
    ["that never ends and refuses", 400],
  ])("%s is let go of at once, and no more of it is read", async (_what, status) => {
    let poured: Promise<number> | undefined;
    answer = (response) => {
      response.writeHead(status);
      poured = pour(response);
    };
    await expect(post()).rejects.toMatchObject(tooLong);
    // What the system's own buffers took is not in this program's memory.
    expect(await poured).toBeLessThan(32 * MIB);
    await expect(receipt()).rejects.toMatchObject(tooLong);
  });

  test("that says so is not waited for", async () => {
    let closed: Promise<unknown> | undefined;
    answer = (response) => {
      closed = once(response, "close");
      response.writeHead(200, { "content-length": String(64 * 1024 + 1) });
      response.write("{");
    };
    await expect(post()).rejects.toMatchObject(tooLong);
    await closed;
  });

  test("is measured in bytes, in whatever pieces it comes", async () => {
    const known = JSON.stringify({ channelId: ID, more: "" });
    const padded = (bytes: number) => JSON.stringify({ channelId: ID, more: "é".repeat((bytes - known.length) / 2) });
    const fits = padded(64 * 1024 - (known.length % 2));
    const pieces = (text: string) => (response: ServerResponse) => {
      response.writeHead(200);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 4_099) response.write(bytes.subarray(at, at + 4_099));
      response.end();
    };
    answer = pieces(fits);
    expect(await post()).toMatchObject({ channelId: ID });
    answer = pieces(`${fits}  `);
    await expect(post()).rejects.toMatchObject(tooLong);
  });
});

describe("an answer that does not end", () => {
  test("though it is short is given up when the time is over", async () => {
    answer = (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 5);
      response.once("close", () => clearInterval(drip));
    };
    await expect(post("close", 100)).rejects.toMatchObject({ kind: "unreachable" });
  });

  test("is waited for longer where a transaction has to be mined first", async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    // Time runs a hundred times as fast.
    vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => timeout(milliseconds / 100));
    answer = () => undefined;
    const ended: string[] = [];
    const until = (what: string, call: Promise<unknown>) => call.catch(() => void ended.push(what));
    const mined = ["close", "refund", "exit"];
    const calls = mined.map((type) => until(type, post(type)));
    await Promise.all([...calls, until("ack", post("ack")), until("receipt", receipt())]);
    expect(ended.slice(0, 2).toSorted()).toEqual(["ack", "receipt"]);
    expect(ended.slice(2).toSorted()).toEqual(mined.toSorted());
  });
});
