// @vitest-environment happy-dom
/** Claims about the first steps: a phrase that is written down, a password, some money. */
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import { PHRASE, status, usd, wallet } from "#e2e/gallery/fixtures.ts";
import { sent } from "../testing.tsx";
import { freshPages, open } from "./testing.tsx";

freshPages();

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
