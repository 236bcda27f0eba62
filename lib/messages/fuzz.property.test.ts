/**
 * Every message of the table from everybody who can send one, with whatever in it: only the screens that may send it are
 * answered, no handler sees what the table does not describe, and no answer has another shape than the table says.
 */
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Browser } from "wxt/browser";
import { Announcer, CHANGES, type Handlers, MESSAGES, type MessageName, maySend, messageListener } from "./index.ts";
import { problemSchema } from "./table.ts";
import { SELF, SENDERS } from "./testing/senders.ts";
import { bent, fits, fitting, hostileValue, shapeOf, trimmed } from "./testing/shapes.ts";

const SEED = 402;
const NAMES = Object.keys(MESSAGES) as MessageName[];
const PROBLEM = shapeOf(problemSchema, "output");

beforeEach(() => {
  // A handler that fails is reported; here thousands do.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

interface Heard {
  readonly name: string;
  readonly request: unknown;
}

type Behaviour = "answers" | "answers too much" | "rejects" | "throws" | "answers nonsense";

/** Handlers that note what reaches them and then behave as told. */
function handlersThat(behave: Behaviour, reply: unknown): { readonly handlers: Handlers; readonly heard: Heard[] } {
  const heard: Heard[] = [];
  const answer = (name: string) => (request: unknown) => {
    heard.push({ name, request });
    if (behave === "throws") throw new Error("a bug");
    if (behave === "rejects") return Promise.reject(new Error("a bug"));
    const more = behave === "answers too much" && typeof reply === "object" && reply !== null && !Array.isArray(reply);
    return Promise.resolve(more ? { ...reply, phrase: "abandon abandon" } : reply);
  };
  return { heard, handlers: Object.fromEntries(NAMES.map((name) => [name, answer(name)])) as unknown as Handlers };
}

/** Sends one message and waits until everything that it set off is over. */
async function sendTo(handlers: Handlers, message: unknown, sender: Browser.runtime.MessageSender) {
  const answers: unknown[] = [];
  const promised = messageListener(handlers, SELF)(message, sender, (answer) => answers.push(answer));
  await new Promise(setImmediate);
  return { answers, promised };
}

describe.each(NAMES)("%s", (name) => {
  const request = shapeOf(MESSAGES[name].request, "input");
  const parsed = shapeOf(MESSAGES[name].request, "output");
  const reply = shapeOf(MESSAGES[name].reply, "output");

  test("is answered to the screens that may send it, in the shape of the table, and to nobody else", async () => {
    const behaviours = ["answers", "answers too much", "rejects", "throws", "answers nonsense"] as const;
    await fc.assert(
      fc.asyncProperty(
        bent(request),
        fc.constantFrom(...behaviours),
        fitting(reply),
        hostileValue,
        async (payload, behave, good, nonsense) => {
          const readable = fits(request, trimmed(request, payload));
          await Promise.all(
            SENDERS.map(async ({ who, sender, screen }) => {
              const { handlers, heard } = handlersThat(behave, behave === "answers nonsense" ? nonsense : good);
              const { answers, promised } = await sendTo(handlers, { name, request: payload }, sender);
              if (!screen || !maySend(MESSAGES[name].from, screen) || !readable) {
                expect([promised, heard, answers], who).toEqual([undefined, [], []]);
                return;
              }
              expect([promised, heard.length, answers.length], who).toEqual([true, 1, 1]);
              expect(fits(parsed, heard[0]?.request), who).toBe(true);
              const [answer] = answers;
              expect(fits(reply, answer) || fits(PROBLEM, answer), who).toBe(true);
              if (behave === "rejects" || behave === "throws") expect(answer).toEqual({ problem: "internal" });
            }),
          );
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });
});

test("what is no message of the table is answered to nobody, reaches no handler, and nothing throws", async () => {
  const name = fc.oneof(fc.constantFrom("__proto__", "constructor", "status", "STATUS.GET"), fc.string(), hostileValue);
  const stranger = name.filter((each) => !NAMES.includes(each as MessageName));
  const message = fc.oneof(hostileValue, fc.record({ name: stranger, request: hostileValue }, { requiredKeys: [] }));
  await fc.assert(
    fc.asyncProperty(message, fc.constantFrom(...SENDERS), async (given, { who, sender }) => {
      const { handlers, heard } = handlersThat("answers", {});
      const { answers, promised } = await sendTo(handlers, given, sender);
      expect([promised, heard, answers], who).toEqual([undefined, [], []]);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
});

test("no screen but the one that asks may answer a question, and none but the dashboard shows the phrase", () => {
  const mine = (screen: "popup" | "approval" | "dashboard") =>
    NAMES.filter((name) => maySend(MESSAGES[name].from, screen));
  expect(mine("popup")).not.toContain("approval.choose");
  expect(mine("dashboard")).not.toContain("approval.choose");
  expect(mine("approval")).toContain("approval.choose");
  for (const secret of ["vault.reveal", "vault.changePassword", "vault.create", "channel.exit", "history.export"]) {
    expect(mine("dashboard")).toContain(secret);
    expect([...mine("popup"), ...mine("approval")]).not.toContain(secret);
  }
});

describe("the line of changes", () => {
  type Port = Browser.runtime.Port;
  function portOf(name: string, sender: Browser.runtime.MessageSender | undefined, broken = false) {
    const said: unknown[] = [];
    let leave = () => {};
    const port = {
      name,
      sender,
      postMessage(word: unknown) {
        if (broken) throw new Error("Attempting to use a disconnected port object");
        said.push(word);
      },
      onDisconnect: {
        addListener(listener: () => void) {
          leave = listener;
        },
      },
    };
    return { port: port as unknown as Port, said, leave: () => leave() };
  }

  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  test.each(SENDERS)("greets $who only if it is a screen, and tells nobody else of a change", ({ sender, screen }) => {
    const announcer = new Announcer(SELF);
    const right = portOf(CHANGES.port, sender);
    const wrong = portOf("replay", sender);
    for (const { port } of [right, wrong]) announcer.connect(port);
    announcer.announce("payments");
    vi.runAllTimers();
    expect(right.said).toEqual(screen ? ["hello", "payments"] : []);
    expect(wrong.said).toEqual([]);
    for (const word of right.said) expect(CHANGES.says.safeParse(word).success).toBe(true);
  });

  test("goes on when a screen has just closed, with the change at hand and with later ones", () => {
    const announcer = new Announcer(SELF);
    const sender = SENDERS[0]?.sender;
    const [broken, open, left] = [true, false, false].map((bad) => portOf(CHANGES.port, sender, bad));
    for (const each of [broken, open, left]) if (each) announcer.connect(each.port);
    left?.leave();
    announcer.announce("grants");
    vi.runAllTimers();
    announcer.announce("wallet");
    vi.runAllTimers();
    expect(open?.said).toEqual(["hello", "grants", "wallet"]);
    expect(left?.said).toEqual(["hello"]);
  });

  test("tells each topic once, however often it changes within a moment", () => {
    const announcer = new Announcer(SELF);
    const { port, said } = portOf(CHANGES.port, SENDERS[0]?.sender);
    announcer.connect(port);
    for (let payment = 0; payment < 500; payment++) announcer.announce("payments");
    vi.runAllTimers();
    expect(said).toEqual(["hello", "payments"]);
  });
});
