// @vitest-environment happy-dom
/** Claims about the window that asks: what a click may do, when, and for what exactly. */
import { act, cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Answers } from "#e2e/gallery/fixtureBackground.ts";
import { approval, images, twoOffers, usd } from "#e2e/gallery/fixtures.ts";
import { sent, show } from "../testing.tsx";
import { Approve } from "./Approve.tsx";
import { ARMING_MS } from "./useArmed.ts";

const close = vi.fn();
let focused = true;

beforeEach(() => {
  vi.useFakeTimers();
  close.mockClear();
  focused = true;
  vi.spyOn(document, "hasFocus").mockImplementation(() => focused);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets time pass and everything that waited for it happen. */
async function pass(milliseconds: number) {
  await act(() => vi.advanceTimersByTimeAsync(milliseconds));
}

async function open(answers: Answers = {}, { armed = true } = {}) {
  const shown = show(<Approve approvalId="approval-1" close={close} />, answers);
  await pass(1);
  if (armed) await pass(ARMING_MS);
  return shown;
}

const allow = () => screen.getByRole("button", { name: /^Allow|^Pay |^Never ask here$/ });
async function press(element: HTMLElement) {
  fireEvent.click(element);
  await pass(1);
}

describe("the window that asks", () => {
  test("says who asks, how much and for what", async () => {
    await open();
    expect(screen.getByRole("heading", { name: "toll.example" })).toBeTruthy();
    expect(screen.getByText("“The harbour at night”")).toBeTruthy();
    expect(screen.getAllByText("2 ¢").length).toBeGreaterThan(0);
  });

  test("a click in the half second after it gains focus does nothing", async () => {
    const { background } = await open({}, { armed: false });
    await pass(ARMING_MS - 50);
    expect(allow()).toHaveProperty("disabled", true);
    fireEvent.submit(allow().closest("form") as HTMLFormElement);
    await pass(1);
    expect(sent(background, "approval.choose")).toEqual([]);
    await pass(60);
    await press(allow());
    expect(sent(background, "approval.choose")).toHaveLength(1);
  });

  test("a click while another window has the focus does nothing, and says so", async () => {
    const { background } = await open();
    focused = false;
    act(() => {
      fireEvent.blur(window);
    });
    fireEvent.submit(allow().closest("form") as HTMLFormElement);
    await pass(1);
    expect(sent(background, "approval.choose")).toEqual([]);
    expect(screen.getByText("Click into this window first.")).toBeTruthy();
  });

  test("focus that was lost without an event still counts at the moment of the click", async () => {
    const { background } = await open();
    focused = false;
    await press(allow());
    expect(sent(background, "approval.choose")).toEqual([]);
  });

  test("after the focus has come back the half second starts anew", async () => {
    const { background } = await open();
    focused = false;
    act(() => {
      fireEvent.blur(window);
    });
    focused = true;
    act(() => {
      fireEvent.focus(window);
    });
    fireEvent.submit(allow().closest("form") as HTMLFormElement);
    await pass(1);
    expect(sent(background, "approval.choose")).toEqual([]);
  });

  test("allowing a budget sends an id, the revision on the screen and what was typed, and nothing to sign", async () => {
    const { background } = await open();
    fireEvent.change(screen.getByLabelText("Up to"), { target: { value: "2,50" } });
    await pass(1);
    await press(allow());
    expect(sent(background, "approval.choose")).toEqual([
      {
        approvalId: "approval-1",
        revision: 1,
        offer: 0,
        choice: { kind: "budget", cap: "2.50", period: "month", perRequest: "0.05", renews: false },
      },
    ]);
    expect(close).toHaveBeenCalledOnce();
  });

  test("a budget comes back only where the person turns that on, and the button says which it is", async () => {
    const { background } = await open();
    expect(screen.getByRole("switch", { name: "Renews: the same again each month, without asking" })).toHaveProperty(
      "checked",
      false,
    );
    expect(allow().textContent).toBe("Allow $1.00 for a month");
    fireEvent.click(screen.getByRole("switch"));
    await pass(1);
    expect(allow().textContent).toBe("Allow $1.00 each month");
    await press(allow());
    expect(sent(background, "approval.choose")).toMatchObject([{ choice: { period: "month", renews: true } }]);
  });

  test("a stale choice refreshes the card, says so, and stays open", async () => {
    const { background } = await open({
      "approval.choose": () => {
        background.change({ "approval.get": { ...approval, revision: 2, count: 1, total: usd(20_000) } });
        return { problem: "stale" };
      },
    });
    const before = sent(background, "approval.get").length;
    await press(allow());
    expect(screen.getByText(/has changed in the meantime/)).toBeTruthy();
    expect(sent(background, "approval.get").length).toBeGreaterThan(before);
    expect(close).not.toHaveBeenCalled();
    await pass(ARMING_MS);
    await press(allow());
    expect(sent(background, "approval.choose").at(-1)).toMatchObject({ revision: 2 });
  });

  test("a card that changes under the pointer cannot be allowed for half a second, and names the old price", async () => {
    const { background } = await open();
    const [offer] = approval.offers;
    background.change({
      "approval.get": {
        ...approval,
        revision: 2,
        total: usd(50_000),
        offers: offer ? [{ ...offer, price: usd(50_000) }] : approval.offers,
      },
    });
    act(() => background.announce("approvals"));
    await pass(1);
    expect(screen.getByText(/It was 2 ¢/)).toBeTruthy();
    await press(allow());
    expect(sent(background, "approval.choose")).toEqual([]);
    await pass(ARMING_MS);
    await press(allow());
    expect(sent(background, "approval.choose")).toHaveLength(1);
  });

  test("Escape answers “not now”", async () => {
    const { background } = await open();
    fireEvent.keyDown(allow(), { key: "Escape" });
    await pass(1);
    expect(sent(background, "approval.choose")).toMatchObject([{ choice: { kind: "dismiss" } }]);
    expect(close).toHaveBeenCalledOnce();
  });

  test("arrow keys in the amount move in the text, not in the choices", async () => {
    await open();
    fireEvent.keyDown(screen.getByLabelText("Up to"), { key: "ArrowUp" });
    await pass(1);
    expect(screen.getByRole("radio", { name: /Up to a budget/ })).toHaveProperty("checked", true);
  });

  test("twenty images are one card with one sum", async () => {
    const { background } = await open({ "approval.get": images });
    expect(screen.getByText(/in all for 20 images/)).toBeTruthy();
    await press(screen.getByRole("radio", { name: /Only these 20/ }));
    await press(screen.getByRole("button", { name: "Pay 4\u00a0¢" }));
    expect(sent(background, "approval.choose")).toMatchObject([{ choice: { kind: "once" } }]);
  });

  test("“never” needs no money and no amount", async () => {
    const { background } = await open({
      "approval.get": { ...approval, short: { need: usd(20_000), have: usd(400), address: "0xabc" } },
    });
    expect(allow()).toHaveProperty("disabled", true);
    expect(screen.getByText(/Needed 2 ¢, you have 0.04 ¢/)).toBeTruthy();
    await press(screen.getByRole("radio", { name: "Never ask here again" }));
    await press(allow());
    expect(sent(background, "approval.choose")).toMatchObject([{ choice: { kind: "never" } }]);
  });

  test("an amount that is none, or a ceiling below the price, cannot be allowed", async () => {
    const { background } = await open();
    fireEvent.change(screen.getByLabelText("Up to"), { target: { value: "1,000" } });
    await pass(1);
    expect(allow()).toHaveProperty("disabled", true);
    fireEvent.change(screen.getByLabelText("Up to"), { target: { value: "1.00" } });
    fireEvent.change(screen.getByLabelText("Each at most"), { target: { value: "0.01" } });
    await pass(1);
    expect(screen.getByText("This one costs 2 ¢.")).toBeTruthy();
    fireEvent.submit(allow().closest("form") as HTMLFormElement);
    await pass(1);
    expect(sent(background, "approval.choose")).toEqual([]);
  });

  test("a budget below the price cannot be allowed", async () => {
    await open({ "approval.preview": { requests: 0, problem: "below_price" } });
    fireEvent.change(screen.getByLabelText("Up to"), { target: { value: "0.01" } });
    await pass(1);
    expect(screen.getByText("That is less than what is asked now.")).toBeTruthy();
    expect(allow()).toHaveProperty("disabled", true);
  });

  test("what a budget sets aside is said before it is allowed", async () => {
    await open();
    expect(screen.getByText(/Sets aside 50 ¢ now; what is not used comes back/)).toBeTruthy();
  });

  test("two payable offers can be told apart by price before one is chosen", async () => {
    await open({ "approval.get": twoOffers });
    expect(screen.getByRole("button", { name: /Pay with/ })).toBeTruthy();
  });

  test("a locked wallet is unlocked first, then shows the same card", async () => {
    const { background } = await open({
      "approval.get": { ...approval, locked: true },
      "vault.unlock": () => {
        background.change({ "approval.get": approval });
        return { done: true };
      },
    });
    expect(screen.queryByRole("button", { name: /^Allow/ })).toBeNull();
    fireEvent.change(screen.getByLabelText("Password"), { target: { value: "correct horse" } });
    await press(screen.getByRole("button", { name: "Unlock" }));
    expect(sent(background, "vault.unlock")).toEqual([{ password: "correct horse" }]);
    expect(allow()).toBeTruthy();
  });

  test("http and a payee elsewhere are said in words", async () => {
    await open({ "approval.get": { ...approval, connection: "open", payeeHost: "cdn.example" } });
    expect(screen.getByText("http, not protected")).toBeTruthy();
    expect(screen.getByText(/not to this site/).textContent).toContain("cdn.example");
  });

  test("nothing can be allowed while the background restarts", async () => {
    const { background } = await open();
    act(() => background.connect(false));
    expect(allow()).toHaveProperty("disabled", true);
    await pass(1_000);
    expect(screen.getByText(/Tollpass is restarting/)).toBeTruthy();
    act(() => background.connect(true));
    await pass(1);
    expect(allow()).toHaveProperty("disabled", false);
  });

  test("a background that stays silent is admitted, and can be tried again", async () => {
    const { background } = show(<Approve approvalId="approval-1" close={close} />, {}, { silent: true });
    await pass(10);
    expect(screen.getByText(/restarting/)).toBeTruthy();
    await pass(5_000);
    background.connect(true);
    await press(screen.getByRole("button", { name: "Try again" }));
    expect(screen.getByRole("heading", { name: "toll.example" })).toBeTruthy();
  });

  test("a question that is gone says that nothing waits", async () => {
    await open({ "approval.get": null });
    expect(screen.getByText("Nothing waits any more")).toBeTruthy();
  });
});
