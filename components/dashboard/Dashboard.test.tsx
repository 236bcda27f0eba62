// @vitest-environment happy-dom
/** Claims about the dashboard: nothing is given up without a second word. */
import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { Answers } from "#e2e/gallery/fixtureBackground.ts";
import { PHRASE, sites, status, twoAccounts, wallet } from "#e2e/gallery/fixtures.ts";
import { setPhraseNote } from "../onboarding/phraseNote.ts";
import { sent } from "../testing.tsx";
import { readHash, writeHash } from "./section.ts";
import { freshPages, open } from "./testing.tsx";

freshPages();

describe("addresses of sections", () => {
  test("a section and a site survive being written and read", () => {
    const place = { section: "history", detail: "https://toll.example/a b" } as const;
    expect(readHash(writeHash(place))).toEqual(place);
  });
  test("an unknown or broken address leads to the sites", () => {
    expect(readHash("#nowhere")).toEqual({ section: "sites" });
    expect(readHash("#history/%")).toEqual({ section: "history" });
  });
});

describe("sites", () => {
  test("revoking asks once more, and keeping it sends nothing", async () => {
    const { background } = open("#sites", { "sites.list": sites.slice(0, 1) });
    await userEvent.click(await screen.findByRole("button", { name: "Revoke" }));
    await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Keep it" }));
    expect(sent(background, "grant.revoke")).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
    await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Revoke" }));
    expect(sent(background, "grant.revoke")).toEqual([{ grantId: "grant-1" }]);
  });

  test("an empty list teaches what will be there", async () => {
    open("#sites", { "sites.list": [] });
    expect(await screen.findByText(/asks for a small payment/)).toBeTruthy();
  });
});

describe("accounts", () => {
  test("with one account there is nothing to choose; with two each site says which one pays", async () => {
    open("#sites", { "sites.list": sites.slice(0, 1) });
    await screen.findByText("toll.example");
    expect(screen.queryByText("Pays from")).toBeNull();
    cleanup();
    const [, second] = twoAccounts.accounts;
    const row = { ...sites[0], account: second?.address } as (typeof sites)[number];
    const { background } = open("#sites", { "sites.list": [row], "wallet.get": twoAccounts });
    await userEvent.click(await screen.findByRole("button", { name: /Account that pays toll.example/ }));
    await userEvent.click(await screen.findByRole("option", { name: /^Account 1/ }));
    expect(sent(background, "site.account")).toEqual([{ site: row.site, account: wallet.address }]);
  });

  test("another account is put to use for new sites by one press, and one more is added by another", async () => {
    const { background } = open("#wallet", { "wallet.get": twoAccounts });
    await userEvent.click(await screen.findByRole("button", { name: "Use for new sites: Account 2" }));
    expect(sent(background, "account.use")).toEqual([{ account: twoAccounts.accounts[1]?.address }]);
    await userEvent.click(screen.getByRole("button", { name: "Add an account" }));
    expect(sent(background, "account.add")).toEqual([{}]);
  });
});

describe("deleting the wallet", () => {
  test("says what is still out there and does nothing until the word is typed", async () => {
    const { background } = open("#settings");
    await userEvent.click(await screen.findByRole("button", { name: "Delete this wallet…" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(await dialog.findByText("$3.10 is still set aside at sites")).toBeTruthy();
    const field = dialog.getByRole("textbox", { name: "Type “delete” to go on" });
    await userEvent.type(field, "yes{Enter}");
    expect(sent(background, "vault.wipe")).toEqual([]);
    await userEvent.clear(field);
    await userEvent.type(field, "delete{Enter}");
    expect(sent(background, "vault.wipe")).toEqual([{ word: "delete" }]);
  });
});

describe("a journal that cannot be opened", () => {
  const halted: Answers = {
    "status.get": { ...status, vault: "locked", halted: "ledger_unavailable" },
    "wallet.get": { problem: "ledger_unavailable" },
    "settings.get": () => {
      throw new RangeError("the background has no settings");
    },
  };

  test("keeps nobody from the recovery phrase", async () => {
    const { background } = open("#wallet", halted);
    await userEvent.click(await screen.findByRole("button", { name: "Show the recovery phrase" }));
    await userEvent.type(screen.getByLabelText("Password"), "correct horse{Enter}");
    await waitFor(() => expect(sent(background, "vault.reveal")).toEqual([{ password: "correct horse" }]));
  });

  test("keeps nobody from deleting the wallet, and it is said that nobody knows what is set aside", async () => {
    const { background } = open("#settings", halted);
    await userEvent.click(await screen.findByRole("button", { name: "Delete this wallet…" }));
    expect(await screen.findByText("Tollpass cannot read what is set aside at sites")).toBeTruthy();
    await userEvent.type(screen.getByRole("textbox", { name: "Type “delete” to go on" }), "delete{Enter}");
    expect(sent(background, "vault.wipe")).toEqual([{ word: "delete" }]);
  });

  test("that the browser keeps is not said to be deleted: what stays, and what can be done, is said", async () => {
    const { background } = open("#settings", {
      ...halted,
      "vault.wipe": () => {
        background.change({ "status.get": { ...status, vault: "absent" } });
        background.announce("status");
        return { done: true, journalKept: true };
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Delete this wallet…" }));
    await userEvent.type(screen.getByRole("textbox", { name: "Type “delete” to go on" }), "delete{Enter}");
    expect(await screen.findByRole("button", { name: "Create a wallet" })).toBeTruthy();
    expect(await screen.findByText("The keys are deleted, the history is not")).toBeTruthy();
  });
});

describe("wallet and settings", () => {
  test("the phrase is shown only behind the password", async () => {
    open("#wallet", {
      "vault.reveal": ({ password }) =>
        password === "right horse" ? { phrase: PHRASE } : { problem: "wrong_password" },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Show the recovery phrase" }));
    await userEvent.type(screen.getByLabelText("Password"), "wrong{Enter}");
    expect(await screen.findByText("That is not the password.")).toBeTruthy();
    await userEvent.type(screen.getByLabelText("Password"), "right horse{Enter}");
    await userEvent.click(await screen.findByRole("button", { name: "Reveal the words" }));
    expect(screen.getAllByText("test")).toHaveLength(11);
  });

  test("a ceiling that is no amount cannot be saved", async () => {
    const { background } = open("#settings");
    const field = await screen.findByLabelText("All sites together, a day at most");
    await userEvent.clear(field);
    await userEvent.type(field, "lots{Enter}");
    expect(sent(background, "settings.set")).toEqual([]);
    await userEvent.clear(field);
    await userEvent.type(field, "$7.5{Enter}");
    expect(sent(background, "settings.set")).toEqual([
      { autoLockMinutes: 15, dailyCeiling: "7.5", tolerancePercent: 10 },
    ]);
  });

  test("a phrase that was not written down is called to mind until it was", async () => {
    setPhraseNote(true);
    open("#sites");
    expect(await screen.findByText("Your recovery phrase is not written down")).toBeTruthy();
    act(() => setPhraseNote(false));
    expect(screen.queryByText("Your recovery phrase is not written down")).toBeNull();
  });
});
