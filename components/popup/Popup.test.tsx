// @vitest-environment happy-dom
/** Claims about the toolbar popup: one face at a time, the most important first, and what can be done right there. */
import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Answers } from "#e2e/gallery/fixtureBackground.ts";
import { grant, NOW, site, status, usd } from "#e2e/gallery/fixtures.ts";
import { sent, show } from "../testing.tsx";
import { faceOf } from "./face.ts";
import { Popup } from "./Popup.tsx";

afterEach(cleanup);

const openDashboard = vi.fn();
const open = (answers: Answers = {}) => show(<Popup tabId={7} openDashboard={openDashboard} />, answers);
const refusal = (reason: string) => ({ at: NOW, url: "https://toll.example/a", reason, amount: usd(50_000) });

describe("the face of the popup", () => {
  test("what stops everything comes before what stops a site, and that before what waits", () => {
    const waiting = { approvalId: "a", count: 1, total: usd(20_000) };
    const busy = { ...site, paused: true, waiting, refusal: refusal("unknown_asset") };
    expect(faceOf({ ...status, vault: "absent", halted: "ledger_full" }, busy).kind).toBe("welcome");
    expect(faceOf({ ...status, halted: "ledger_full" }, busy).kind).toBe("halted");
    expect(faceOf({ ...status, vault: "locked", pausedAll: true }, busy).kind).toBe("locked");
    expect(faceOf({ ...status, pausedAll: true }, busy).kind).toBe("paused_all");
    expect(faceOf(status, { ...busy, never: true }).kind).toBe("never");
    expect(faceOf(status, busy).kind).toBe("paused");
    expect(faceOf(status, { ...busy, paused: false }).kind).toBe("waiting");
    expect(faceOf(status, { ...site, refusal: refusal("over_budget") }).kind).toBe("over_budget");
    expect(faceOf(status, { ...site, refusal: refusal("moon_phase") }).kind).toBe("refused");
    expect(faceOf(status, { ...site, quiet: true, refusal: refusal("quiet") }).kind).toBe("quiet");
    expect(faceOf(status, { ...site, quiet: true, refusal: refusal("dismissed") }).kind).toBe("quiet");
    expect(faceOf(status, { ...site, grants: [] }).kind).toBe("nothing");
    expect(faceOf(status, null).kind).toBe("no_site");
  });
});

describe("the popup", () => {
  test("shows what is spent of the budget and the last payments to the hundredth of a cent", async () => {
    const { background } = open();
    await screen.findByText("36 ¢");
    expect(screen.getByRole("meter", { name: /budget/ }).getAttribute("aria-valuetext")).toBe("36\u00a0¢ of $1.00");
    expect(screen.getByText("0.04 ¢")).toBeTruthy();
    expect(screen.getByText("unclear")).toBeTruthy();
    expect(sent(background, "site.get")).toContainEqual({ tabId: 7 });
  });

  test("asks again when something was paid", async () => {
    const { background } = open();
    await screen.findByText("36 ¢");
    background.change({ "site.get": { ...site, grants: [{ ...grant, spent: usd(380_000) }] } });
    act(() => background.announce("payments"));
    await screen.findByText("38 ¢");
  });

  test("the button of what waits opens its question", async () => {
    const { background } = open({
      "site.get": { ...site, waiting: { approvalId: "approval-9", count: 1, total: usd(20_000) } },
    });
    await userEvent.click(await screen.findByRole("button", { name: /Unlock this page/ }));
    expect(sent(background, "approval.open")).toEqual([{ approvalId: "approval-9" }]);
  });

  test("a budget that does not cover the price is raised in place", async () => {
    const { background } = open({ "site.get": { ...site, refusal: { ...refusal("over_budget"), have: usd(400) } } });
    expect((await screen.findByText(/0\.04 ¢ of the budget is left/)).textContent).toContain("5\u00a0¢");
    await userEvent.click(screen.getByRole("button", { name: "Raise the budget" }));
    const cap = screen.getByLabelText("Up to");
    await userEvent.clear(cap);
    await userEvent.type(cap, "2{Enter}");
    expect(sent(background, "grant.edit")).toEqual([
      { grantId: "grant-1", cap: "2", perRequest: "0.05", period: "month", limits: grant.limits },
    ]);
  });

  test("a budget is held to some pages, and does not come back, where the person says so", async () => {
    const { background } = open();
    await userEvent.click(await screen.findByRole("button", { name: "Change" }));
    await userEvent.click(screen.getByRole("button", { name: "More limits" }));
    await userEvent.click(screen.getByRole("switch", { name: /It comes back/ }));
    const pages = screen.getByLabelText("Only these pages");
    await userEvent.type(pages, "news");
    expect(screen.getByText("Write paths such as /news or /films/*.html.")).toBeTruthy();
    await userEvent.clear(pages);
    await userEvent.type(pages, "/news, /films/*");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(sent(background, "grant.edit")).toMatchObject([
      { limits: { renews: false, perMinute: 1_000, paths: ["/news", "/films/*"], expiresAt: null } },
    ]);
  });

  test("an edit that is no amount is not sent", async () => {
    const { background } = open();
    await userEvent.click(await screen.findByRole("button", { name: "Change" }));
    const cap = screen.getByLabelText("Up to");
    await userEvent.clear(cap);
    await userEvent.type(cap, "many{Enter}");
    expect(sent(background, "grant.edit")).toEqual([]);
    expect(screen.getByText("Write an amount such as 1.00.")).toBeTruthy();
  });

  test("pausing is one press with the keyboard", async () => {
    const { background } = open();
    (await screen.findByRole("button", { name: "Pause" })).focus();
    await userEvent.keyboard("{Enter}");
    await waitFor(() =>
      expect(sent(background, "site.pause")).toEqual([{ site: "https://toll.example", paused: true }]),
    );
  });

  test("a locked wallet is unlocked where it stands, and a wrong password says so", async () => {
    const { background } = open({
      "status.get": { ...status, vault: "locked" },
      "vault.unlock": { problem: "wrong_password" },
    });
    await userEvent.type(await screen.findByLabelText("Password"), "nope{Enter}");
    expect(await screen.findByText("That is not the password.")).toBeTruthy();
    expect(sent(background, "vault.unlock")).toEqual([{ password: "nope" }]);
    expect(screen.getByLabelText("Password")).toHaveProperty("value", "");
  });

  test("a stop of the ledger says why nothing is paid", async () => {
    open({ "status.get": { ...status, halted: "ledger_inconsistent" } });
    expect(await screen.findByText("Nothing is paid: the sums do not agree")).toBeTruthy();
  });

  test("a quiet site can be told to ask again", async () => {
    const { background } = open({ "site.get": { ...site, quiet: true } });
    await userEvent.click(await screen.findByRole("button", { name: "Ask me again" }));
    expect(sent(background, "site.askAgain")).toEqual([{ site: "https://toll.example" }]);
  });

  test("without a wallet it leads to the first steps", async () => {
    open({ "status.get": { ...status, vault: "absent" } });
    await userEvent.click(await screen.findByRole("button", { name: "Set it up" }));
    expect(openDashboard).toHaveBeenCalledWith("");
  });
});
