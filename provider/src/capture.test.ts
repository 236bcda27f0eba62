/** A captured answer arrives as the handler wrote it, with the headers that are known when it leaves. */
import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import express, { type Handler } from "express";
import { afterEach, describe, expect, test } from "vitest";
import { capture, type Ending, MAX_HELD_BODY } from "./capture.ts";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Serves `handler` under capture; `ending` resolves when the handler's part is over. */
async function serve(
  handler: Handler,
  options: {
    eager?: boolean;
    before?: Handler;
    after?: Handler;
    opening?: (status: number) => Promise<void>;
  } = {},
) {
  const ended = Promise.withResolvers<Ending>();
  const app = express();
  if (options.before) app.use(options.before);
  app.use((_request, response, next) => {
    capture(response, {
      eager: options.eager ?? false,
      onFlow: async (status) => {
        await options.opening?.(status);
        return { "x-state": "open" };
      },
      onEnd: async (ending) => {
        ended.resolve(ending);
        return { "x-state": "paid" };
      },
    });
    next();
  });
  if (options.after) app.use(options.after);
  app.use(handler);
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, ending: ended.promise };
}

const inPieces: Handler = (_request, response) => {
  response.write("a");
  response.write(Buffer.from("b"));
  response.end("c");
};

describe("an answer that fits", () => {
  test.each<[string, Handler, string]>([
    ["res.json", (_q, r) => void r.json({ a: 1 }), '{"a":1}'],
    ["res.send", (_q, r) => void r.send("text"), "text"],
    ["writes in pieces", inPieces, "abc"],
    ["writeHead", (_q, r) => void r.writeHead(200, { "X-Own": "1" }).end("head"), "head"],
    ["a piped stream", (_q, r) => void Readable.from(["x", "y"]).pipe(r), "xy"],
  ])("%s arrives whole and carries what it cost", async (_name, handler, body) => {
    const { url, ending } = await serve(handler);
    const answer = await fetch(url);
    expect(await answer.text()).toBe(body);
    expect(answer.headers.get("x-state")).toBe("paid");
    const end = await ending;
    expect(end.kind === "complete" && Buffer.from(end.answer.body ?? []).toString()).toBe(body);
  });
  test("an empty answer carries it too", async () => {
    const { url } = await serve((_q, r) => void r.status(204).end());
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get("x-state")]).toEqual([204, "paid"]);
  });
  test("headers set at the last moment by a wrapper inside are not lost", async () => {
    const { url } = await serve((_q, r) => void r.send("body"), {
      after: (_request, response, next) => {
        const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => typeof response;
        response.writeHead = ((...args: unknown[]) => {
          response.setHeader("x-late", "yes");
          return writeHead(...args);
        }) as typeof response.writeHead;
        next();
      },
    });
    const answer = await fetch(url);
    expect([answer.headers.get("x-late"), answer.headers.get("x-state")]).toEqual(["yes", "paid"]);
  });
  test("a second end changes nothing", async () => {
    const { url } = await serve((_q, r) => {
      r.end("first");
      r.end("second");
    });
    expect(await (await fetch(url)).text()).toBe("first");
  });
});

describe("an answer that flows", () => {
  test("an event stream arrives while it is made", async () => {
    const more = Promise.withResolvers<void>();
    const { url, ending } = await serve(async (_q, r) => {
      r.type("text/event-stream").write("data: 1\n\n");
      await more.promise;
      r.end("data: 2\n\n");
    });
    const answer = await fetch(url);
    expect(answer.headers.get("x-state")).toBe("open");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 1\n\n");
    more.resolve();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 2\n\n");
    expect(await ending).toMatchObject({ kind: "complete", answer: { body: undefined } });
  });
  test("an eager one flows from its first write, and is held if it ends in one go", async () => {
    const inTwo: Handler = (_q, r) => {
      r.write("a");
      r.end("b");
    };
    const flowing = await serve(inTwo, { eager: true });
    const held = await serve((_q, r) => void r.end("ab"), { eager: true });
    const answers = await Promise.all([fetch(flowing.url), fetch(held.url)]);
    expect(answers.map((answer) => answer.headers.get("x-state"))).toEqual(["open", "paid"]);
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["ab", "ab"]);
  });
  test("a body above the limit flows whole", async () => {
    const body = Buffer.alloc(MAX_HELD_BODY * 2 + 5, "toll");
    const { url } = await serve((_q, r) => void pipeline(Readable.from([body.subarray(0, 9), body.subarray(9)]), r));
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect(answer.headers.get("x-state")).toBe("open");
  });
});

describe("before a flowing answer's headers leave", () => {
  test("its status is told, nothing can be changed, and what is written meanwhile keeps its order", async () => {
    const gate = Promise.withResolvers<void>();
    const told: number[] = [];
    const drained = Promise.withResolvers<void>();
    const { url, ending } = await serve(
      (_q, r) => {
        r.once("drain", drained.resolve);
        expect([r.status(201).write("a"), r.write("b"), r.headersSent]).toEqual([false, false, true]);
        expect(() => r.setHeader("x-late", "yes")).toThrow("headers");
        r.statusCode = 500;
        r.end("c");
        gate.resolve();
      },
      {
        eager: true,
        opening: async (status) => {
          told.push(status);
          await gate.promise;
        },
      },
    );
    const answer = await fetch(url);
    expect([answer.status, await answer.text(), told]).toEqual([201, "abc", [201]]);
    await drained.promise;
    expect((await ending).kind).toBe("complete");
  });
  test("if that could not be written down, nothing leaves", async () => {
    const { url, ending } = await serve((_q, r) => void r.write("a"), {
      eager: true,
      opening: () => Promise.reject(new Error("no room on the disk")),
    });
    await expect(fetch(url)).rejects.toThrow();
    expect(await ending).toEqual({ kind: "broken" });
  });
  test("a handler that gives up lets nothing leave", async () => {
    const gate = Promise.withResolvers<void>();
    const { url, ending } = await serve(
      (_q, r) => {
        r.write("a");
        r.destroy();
        gate.resolve();
      },
      { eager: true, opening: () => gate.promise },
    );
    await expect(fetch(url)).rejects.toThrow();
    expect(await ending).toEqual({ kind: "broken" });
  });
});

describe("an answer that never comes to its end", () => {
  test("a handler that destroys it has broken it", async () => {
    const { url, ending } = await serve((_q, r) => {
      r.type("text/event-stream").write("data: 1\n\n", () => r.destroy());
    });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    expect(await ending).toEqual({ kind: "broken" });
  });
  test("a client that goes away after the body began has left", async () => {
    const { url, ending } = await serve((_q, r) => void r.type("text/event-stream").write("data: 1\n\n"));
    get(url, (answer) => answer.once("data", () => answer.destroy()));
    expect(await ending).toMatchObject({ kind: "left", begun: true });
  });
  test("a client that goes away before has left with nothing", async () => {
    const asked = Promise.withResolvers<void>();
    const { url, ending } = await serve(() => asked.resolve());
    const request = get(url);
    request.on("error", () => undefined);
    await asked.promise;
    request.destroy();
    expect(await ending).toMatchObject({ kind: "left", begun: false });
  });
});
