// @vitest-environment happy-dom
/** Claims about the dashboard: nothing is given up without a second word, and money always has a way back. */
import { act, cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Answers } from "#e2e/gallery/fixtureBackground.ts";
import {
  channel,
  disputes,
  found,
  NOW,
  PHRASE,
  detail as payment,
  payments,
  sites,
  status,
  twoAccounts,
  usd,
  wallet,
  wished,
} from "#e2e/gallery/fixtures.ts";
import { setPhraseNote } from "../onboarding/phraseNote.ts";
import { sent, show } from "../testing.tsx";
import { Dashboard } from "./Dashboard.tsx";
import { readHash, writeHash } from "./section.ts";

beforeEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
  location.hash = "";
});
afterEach(cleanup);

function open(hash: string, answers: Answers = {}) {
  location.hash = hash;
  return show(<Dashboard />, answers);
}

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

describe("channels", () => {
  test("the bar says its three parts in words", async () => {
    open("#channels", { "channels.list": [channel] });
    expect(
      await screen.findByRole("img", { name: "Of 50\u00a0¢: 36\u00a0¢ paid, 2\u00a0¢ in flight, 12\u00a0¢ unused" }),
    ).toBeTruthy();
  });

  test("money comes back by asking the site", async () => {
    const { background } = open("#channels", { "channels.list": [channel] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.close")).toEqual([{ channelId: channel.id }]);
    expect(await screen.findByText("The money is back")).toBeTruthy();
  });

  test("a wish to leave that has not worked yet is said to go on by itself, and can be taken back", async () => {
    const { background } = open("#channels", { "channels.list": wished.slice(0, 1) });
    expect(await screen.findByText(/tries again every few minutes/)).toBeTruthy();
    expect(screen.getByText(/network cannot be reached/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Stay after all" }));
    expect(sent(background, "channel.cancelExit")).toEqual([{ channelId: channel.id }]);
  });

  test("a channel that is out of date is closed with its site, or left without it", async () => {
    const { background } = open("#channels", { "channels.list": [{ ...channel, status: "restored" }] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.click(screen.getByRole("radio", { name: /^Without the site’s consent/ }));
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.exit")).toEqual([{ channelId: channel.id, ownGas: false }]);
    expect(sent(background, "channel.close")).toEqual([]);
  });

  test("of a channel that was found by the phrase the person says which site it is", async () => {
    const { background } = open("#channels", { "channels.list": [found] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.type(screen.getByLabelText("Address of the site"), "toll.example");
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.close")).toEqual([{ channelId: found.id, site: "toll.example" }]);
    expect(await screen.findByText("The money is back")).toBeTruthy();
  });

  test("the person has the phrase’s channels looked for, and sees how far that is", async () => {
    const { background } = open("#channels", { "channels.list": [] });
    await userEvent.click(await screen.findByRole("button", { name: "Look for my channels" }));
    expect(sent(background, "channelSearch.start")).toEqual([{}]);
    background.change({ "channelSearch.get": { share: 0.5, found: 2, unlisted: 0 } });
    background.announce("channels");
    expect(await screen.findByText(/50 %, 2 channels found so far/)).toBeTruthy();
    background.change({ "channelSearch.get": { share: 1, found: 0, unlisted: 0, finishedAt: Date.now() } });
    background.announce("channels");
    expect(await screen.findByText(/No channel of this phrase/)).toBeTruthy();
  });

  test("a false close that needs the key is on every screen", async () => {
    open("#sites", { "status.get": { ...status, vault: "locked", disputes } });
    expect(await screen.findByText("Unlock to object to a false close by radio.example")).toBeTruthy();
  });

  test("a site that passes nothing on is not offered as a free way out: it says that the fee is one's own", async () => {
    const { background } = open("#channels", { "channels.list": [{ ...channel, trusted: false, relay: false }] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    expect(screen.queryByText(/Free of charge/)).toBeNull();
    expect(screen.getByText(/the network’s own coin for the fee/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.exit")).toEqual([{ channelId: channel.id, ownGas: true }]);
  });

  test("an exit from a site that passes nothing on is finished at one's own cost", async () => {
    const { background } = open("#channels", {
      "channels.list": [{ ...channel, relay: false, status: "exiting", exitAt: NOW - 1_000 }],
    });
    await userEvent.click(await screen.findByRole("button", { name: "Take it at my own cost" }));
    expect(screen.queryByRole("button", { name: "Take it" })).toBeNull();
    expect(sent(background, "channel.finishExit")).toEqual([{ channelId: channel.id, ownGas: true }]);
  });

  test("without the site and without a relayer it says what is needed, what is there and where to send it", async () => {
    const ether = (atomic: string) => ({ atomic, decimals: 18, symbol: "ETH", dollar: false });
    const { background } = open("#channels", {
      "channels.list": [{ ...channel, trusted: false }],
      "channel.exit": {
        problem: "short_of_gas",
        need: ether("210000000000000"),
        have: ether("0"),
        address: wallet.address,
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.click(screen.getByRole("radio", { name: /at your own cost/ }));
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.exit")).toEqual([{ channelId: channel.id, ownGas: true }]);
    expect((await screen.findByText(/0\.00021 ETH/)).textContent).toContain("0 ETH");
    expect(screen.getByText(wallet.address)).toBeTruthy();
  });

  test("an exit counts down and cannot be finished before its time", async () => {
    open("#channels", { "channels.list": [{ ...channel, status: "exiting", exitAt: Date.now() + 3_600_000 }] });
    expect((await screen.findByRole("timer")).textContent).toMatch(/59:5\d|1 h 0 min|60:00/);
    expect(screen.queryByRole("button", { name: "Take it" })).toBeNull();
  });

  test("an exit whose time has come is finished with one press", async () => {
    const { background } = open("#channels", {
      "channels.list": [{ ...channel, status: "exiting", exitAt: NOW - 1_000 }],
    });
    await userEvent.click(await screen.findByRole("button", { name: "Take it" }));
    expect(sent(background, "channel.finishExit")).toEqual([{ channelId: channel.id, ownGas: false }]);
  });

  describe("a close", () => {
    const closing = { ...channel, status: "closing" } as const;
    const payeeClose = { asks: usd(400_000), deadline: NOW - 1_000, address: wallet.address };
    const running = { ...payeeClose, deadline: Date.now() + 3_600_000 };

    test("that the reader asked for is not said to be the site's wish", async () => {
      open("#channels", { "channels.list": [closing] });
      expect(await screen.findByText(/You asked the site to close it/)).toBeTruthy();
      expect(screen.queryByText(/closes it by itself/)).toBeNull();
    });

    test("by the site counts down, and cannot be ended before its time", async () => {
      open("#channels", { "channels.list": [{ ...closing, payeeClose: running }] });
      expect(await screen.findByText(/closes it by itself/)).toBeTruthy();
      expect(screen.getByRole("timer")).toBeTruthy();
      expect(screen.queryByRole("button", { name: "Get my money back" })).toBeNull();
    });

    test("whose proof lacks the fee says what is needed, and where to send it", async () => {
      const ether = (atomic: string) => ({ atomic, decimals: 18, symbol: "ETH", dollar: false });
      const short = { challenge: "short_of_gas", need: ether("210000000000000"), have: ether("0") } as const;
      open("#channels", { "channels.list": [{ ...closing, payeeClose: { ...running, ...short } }] });
      expect(await screen.findByText(/0\.00021 ETH/)).toBeTruthy();
      expect(screen.getByText(wallet.address)).toBeTruthy();
    });

    test("of a site that has vanished is ended with one press, once its time is over", async () => {
      const { background } = open("#channels", { "channels.list": [{ ...closing, payeeClose }] });
      expect(await screen.findByText(/own coin for the fee/)).toBeTruthy();
      await userEvent.click(screen.getByRole("button", { name: "Get my money back" }));
      expect(sent(background, "channel.finishExit")).toEqual([{ channelId: channel.id, ownGas: true }]);
    });
  });
});

describe("history", () => {
  test("older payments are asked for with the cursor, and the way back is kept", async () => {
    const { background } = open("#history", {
      "history.list": ({ cursor }) =>
        cursor === undefined ? { payments: [...payments], next: "page-2" } : { payments: payments.slice(0, 1) },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Older" }));
    await waitFor(() => expect(sent(background, "history.list").at(-1)).toEqual({ limit: 50, cursor: "page-2" }));
    await userEvent.click(await screen.findByRole("button", { name: "Newer" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "Newer" })).toHaveProperty("disabled", true));
  });

  test("a payment opens with the keyboard and shows its receipt in full", async () => {
    open("#history");
    const row = await screen.findByRole("row", { name: /The harbour at night/ });
    act(() => row.focus());
    await userEvent.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Details" }));
    expect(within(dialog).getByRole("button", { name: "Copy receipt" })).toBeTruthy();
  });

  test("receipts are saved as one file of many messages; without all of them none is, and it says what to do", async () => {
    const saved: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${saved.push(blob as Blob)}`);
    // A click on it would lead this window away.
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    const page = ({ before = 4, limit }: { before?: number | undefined; limit: number }) => ({
      payments: [{ ...payment, id: `payment-${before - 1}` }],
      ...(before > 2 && limit === 500 ? { next: before - 1 } : {}),
    });
    const second = Promise.withResolvers<void>();
    const { background } = open("#history", {
      "history.export": async (request) => {
        if (request.before === 3) await second.promise;
        return page(request);
      },
    });
    const button = await screen.findByRole("button", { name: "Export receipts" });
    await userEvent.click(button);
    expect(await screen.findByText("1 of 3 payments")).toBeTruthy();
    expect(saved).toEqual([]);
    second.resolve();
    await waitFor(() => expect(saved).toHaveLength(1));
    const { payments: all } = JSON.parse((await saved[0]?.text()) ?? "");
    expect(all.map(({ id }: { id: string }) => id)).toEqual(["payment-3", "payment-2", "payment-1"]);
    await waitFor(() => expect(screen.queryByText("1 of 3 payments")).toBeNull());

    background.change({
      "history.export": (request) => {
        if (request.before !== undefined) throw new Error("the background is restarting");
        return page(request);
      },
    });
    await userEvent.click(button);
    expect(await screen.findByText(/no file was saved. Nothing is lost: export again/)).toBeTruthy();
    expect(saved).toHaveLength(1);
  });

  test("deleting the history asks once more", async () => {
    const { background } = open("#history");
    await userEvent.click(await screen.findByRole("button", { name: "Delete history" }));
    expect(sent(background, "history.redact")).toEqual([]);
    await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Delete" }));
    expect(sent(background, "history.redact")).toHaveLength(1);
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

describe("the first steps", () => {
  const absent = { "status.get": { ...status, vault: "absent" as const } };
  const empty = { ...wallet, balance: usd(0) };

  test("lead from nothing to a funded wallet, with the phrase checked", async () => {
    const { background } = open("", {
      ...absent,
      "vault.create": () => {
        background.change({ "status.get": status });
        background.announce("status");
        return { done: true };
      },
      "wallet.get": empty,
      "wallet.faucet": () => {
        background.change({ "wallet.get": wallet });
        return { done: true };
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Create a wallet" }));
    await userEvent.type(screen.getByLabelText("Password"), "correct horse{Enter}");
    await userEvent.click(await screen.findByRole("button", { name: "Reveal the words" }));
    await userEvent.click(screen.getByRole("button", { name: "I have written it down" }));
    const words = PHRASE.split(" ");
    for (const field of screen.getAllByRole("textbox")) {
      const [, position = "1"] = /Word (\d+)/.exec(field.getAttribute("aria-label") ?? labelOf(field)) ?? [];
      await userEvent.type(field, words[Number(position) - 1] ?? "");
    }
    await userEvent.click(screen.getByRole("button", { name: "Check" }));
    await userEvent.click(await screen.findByRole("button", { name: "Get test dollars" }));
    expect(await screen.findByText("The money is here")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Go on" }));
    await userEvent.click(screen.getByRole("button", { name: "Go to the dashboard" }));
    expect(await screen.findByRole("tab", { name: "Sites" })).toBeTruthy();
    expect(screen.queryByText("Your recovery phrase is not written down")).toBeNull();
    expect(sent(background, "vault.create")).toEqual([{ password: "correct horse" }]);
  });

  test("a wrong word is not let through", async () => {
    open("", absent);
    await userEvent.click(await screen.findByRole("button", { name: "Create a wallet" }));
    await userEvent.type(screen.getByLabelText("Password"), "correct horse{Enter}");
    await userEvent.click(await screen.findByRole("button", { name: "I have written it down" }));
    await userEvent.click(screen.getByRole("button", { name: "Check" }));
    expect(screen.getAllByText("Look at this one again.")).toHaveLength(3);
  });

  test("“later” goes on and leaves a reminder", async () => {
    open("", absent);
    await userEvent.click(await screen.findByRole("button", { name: "Create a wallet" }));
    await userEvent.type(screen.getByLabelText("Password"), "correct horse{Enter}");
    await userEvent.click(await screen.findByRole("button", { name: "Do this later" }));
    expect(localStorage.getItem("phrase-not-written-down")).toBe("yes");
  });

  test("a password below eight characters creates nothing", async () => {
    const { background } = open("", absent);
    await userEvent.click(await screen.findByRole("button", { name: "Create a wallet" }));
    await userEvent.type(screen.getByLabelText("Password"), "short{Enter}");
    expect(screen.getByText("3 more characters")).toBeTruthy();
    expect(sent(background, "vault.create")).toEqual([]);
  });

  test("an imported phrase is checked first and never sent to be shown again", async () => {
    const { background } = open("", absent);
    await userEvent.click(await screen.findByRole("button", { name: "I have a recovery phrase" }));
    await userEvent.type(screen.getByRole("textbox"), `  ${PHRASE.toUpperCase()} `);
    await userEvent.click(screen.getByRole("button", { name: "Next" }));
    await userEvent.type(await screen.findByLabelText("Password"), "correct horse{Enter}");
    await screen.findByText("Add some money");
    expect(sent(background, "vault.checkPhrase")).toEqual([{ phrase: PHRASE }]);
    expect(sent(background, "vault.create")).toEqual([{ password: "correct horse", phrase: PHRASE }]);
    expect(sent(background, "vault.reveal")).toEqual([]);
  });
});

function labelOf(field: HTMLElement): string {
  return document.getElementById(field.getAttribute("aria-labelledby")?.split(" ").at(-1) ?? "")?.textContent ?? "";
}
