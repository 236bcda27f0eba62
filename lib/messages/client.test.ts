/** Claims about the screens' end of the line: it says when the background is gone, and finds it again by itself. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CHANGES, watchChanges } from "./index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** One port as the browser makes it, and the background's end of it. */
class Line {
  readonly #heard: ((message: unknown) => void)[] = [];
  readonly #lost: (() => void)[] = [];
  readonly name: string;
  hungUp = 0;
  readonly onMessage = { addListener: (listener: (message: unknown) => void) => this.#heard.push(listener) };
  readonly onDisconnect = { addListener: (listener: () => void) => this.#lost.push(listener) };

  constructor(name: string) {
    this.name = name;
  }
  disconnect() {
    this.hungUp += 1;
  }
  says(...words: unknown[]) {
    for (const word of words) for (const listener of this.#heard) listener(word);
  }
  dies() {
    for (const listener of this.#lost) listener();
  }
}

/** A screen and every line that it has opened; `refuse` makes the browser throw instead. */
function watching() {
  const lines: Line[] = [];
  const news: unknown[] = [];
  const browser = { refuse: false };
  const connect = ({ name = "" }: { name?: string }) => {
    if (browser.refuse) throw new Error("Extension context invalidated.");
    lines.push(new Line(name));
    return lines.at(-1);
  };
  const end = watchChanges(
    (topic) => news.push(topic),
    (alive) => news.push(alive),
    { connect } as unknown as Parameters<typeof watchChanges>[2],
  );
  return { lines, news, end, browser };
}

describe("the line to the background", () => {
  test("is up with its hello, and passes on the topics of the table alone", () => {
    const { lines, news } = watching();
    expect(lines[0]?.name).toBe(CHANGES.port);
    expect(news).toEqual([]);
    lines[0]?.says("hello", "payments", "secrets", { topic: "grants" }, null, "grants");
    expect(news).toEqual([true, "payments", "grants"]);
  });

  test("that ends is opened again, and up only with the hello of the next life", () => {
    const { lines, news } = watching();
    lines[0]?.says("hello");
    lines[0]?.dies();
    expect(news).toEqual([true, false]);
    vi.advanceTimersByTime(300);
    expect(lines).toHaveLength(2);
    expect(news).toEqual([true, false]);
    lines[1]?.says("hello");
    lines[0]?.says("payments");
    expect(news).toEqual([true, false, true]);
    expect(lines[0]?.hungUp).toBe(0);
  });

  test("to a background that never says hello is given up and opened anew, again and again", () => {
    const { lines, news } = watching();
    vi.advanceTimersByTime(3_000);
    expect(news).toEqual([false]);
    expect(lines[0]?.hungUp).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(lines.length).toBeGreaterThan(2);
    expect(news).not.toContain(true);
    lines.at(-1)?.says("hello");
    expect(news.at(-1)).toBe(true);
    const opened = lines.length;
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(opened);
  });

  test("that the browser refuses is tried again, and nothing throws", () => {
    const { lines, news, browser } = watching();
    browser.refuse = true;
    lines[0]?.dies();
    vi.advanceTimersByTime(1_000);
    browser.refuse = false;
    vi.advanceTimersByTime(300);
    lines.at(-1)?.says("hello");
    expect([news[0], news.at(-1)]).toEqual([false, true]);
  });

  test.each([
    ["before its hello", []],
    ["when it is up", ["hello"]],
  ])("that the screen ends %s is not opened again", (_when, words) => {
    const { lines, news, end } = watching();
    lines[0]?.says(...words);
    end();
    const known = [...news];
    lines[0]?.says("payments");
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.hungUp).toBe(1);
    expect(news).toEqual(known);
  });

  test("that the screen ends while it is being opened again stays closed", () => {
    const { lines, end } = watching();
    lines[0]?.dies();
    end();
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(1);
  });
});
