// @vitest-environment happy-dom
/** Claims about what screens know: always the latest answer, kept through a restart, and never an endless wait. */
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fixtureBackground } from "#e2e/gallery/fixtureBackground.ts";
import { status } from "#e2e/gallery/fixtures.ts";
import { sent } from "../testing.tsx";
import { BackgroundProvider, useAnswer, useSend } from "./index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

function Asker({ every }: { every?: number }) {
  const answer = useAnswer("status.get", {}, { topics: ["status"], ...(every === undefined ? {} : { every }) });
  return <p>{answer.state === "ready" ? `paused: ${answer.data.pausedAll}` : answer.state}</p>;
}

describe("an answer", () => {
  test("is asked for again when its topic changes, and not for another topic", async () => {
    const background = fixtureBackground();
    render(
      <BackgroundProvider background={background}>
        <Asker />
      </BackgroundProvider>,
    );
    await pass(1);
    background.change({ "status.get": { ...status, pausedAll: true } });
    act(() => background.announce("payments"));
    await pass(1);
    expect(screen.getByText("paused: false")).toBeTruthy();
    act(() => background.announce("status"));
    await pass(1);
    expect(screen.getByText("paused: true")).toBeTruthy();
  });

  test("stays on the screen while the background restarts, and is renewed after it", async () => {
    const background = fixtureBackground();
    render(
      <BackgroundProvider background={background}>
        <Asker />
      </BackgroundProvider>,
    );
    await pass(1);
    act(() => background.connect(false));
    await pass(5_000);
    expect(screen.getByText("paused: false")).toBeTruthy();
    background.change({ "status.get": { ...status, pausedAll: true } });
    act(() => background.connect(true));
    await pass(1);
    expect(screen.getByText("paused: true")).toBeTruthy();
  });

  test("that never comes is given up as silent, not waited for without end", async () => {
    const background = fixtureBackground({}, { silent: true });
    render(
      <BackgroundProvider background={background}>
        <Asker />
      </BackgroundProvider>,
    );
    await pass(1);
    expect(screen.getByText("restarting")).toBeTruthy();
    await pass(10_000);
    expect(screen.getByText("silent")).toBeTruthy();
  });

  test("that takes longer than its interval is not asked for twice at a time", async () => {
    const background = fixtureBackground({ "status.get": () => new Promise(() => undefined) });
    render(
      <BackgroundProvider background={background}>
        <Asker every={1_000} />
      </BackgroundProvider>,
    );
    await pass(10_000);
    expect(sent(background, "status.get")).toHaveLength(1);
  });
});

function Sender() {
  const pause = useSend("pause.set");
  return (
    <>
      <button type="button" onClick={() => pause.send({ paused: true })}>
        pause
      </button>
      <p>{pause.pending ? "pending" : (pause.problem?.problem ?? "idle")}</p>
    </>
  );
}

describe("a wish", () => {
  test("is sent once however often the button is pressed while it is under way", async () => {
    const background = fixtureBackground({ "pause.set": () => new Promise(() => undefined) });
    render(
      <BackgroundProvider background={background}>
        <Sender />
      </BackgroundProvider>,
    );
    for (let press = 0; press < 3; press++) act(() => screen.getByRole("button").click());
    await pass(1);
    expect(sent(background, "pause.set")).toHaveLength(1);
    expect(screen.getByText("pending")).toBeTruthy();
  });

  test("that was not answered is not called done", async () => {
    const background = fixtureBackground({}, { silent: true });
    render(
      <BackgroundProvider background={background}>
        <Sender />
      </BackgroundProvider>,
    );
    act(() => screen.getByRole("button").click());
    await pass(1);
    expect(screen.getByText("unanswered")).toBeTruthy();
  });
});
