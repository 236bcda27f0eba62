// @vitest-environment happy-dom
/** Claims about the first steps where a wallet was before: the way back comes first, and nothing goes without a word. */
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Answers } from "#e2e/gallery/fixtureBackground.ts";
import { leftBehind, PHRASE, status } from "#e2e/gallery/fixtures.ts";
import { Dashboard } from "../dashboard/Dashboard.tsx";
import { sent, show } from "../testing.tsx";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

const begin = (answers: Answers = {}) =>
  show(<Dashboard />, { "status.get": { ...status, vault: "absent" }, "leftBehind.get": leftBehind, ...answers });
const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));

test("what is set aside and unused is said, and bringing the wallet back is the first choice", async () => {
  begin();
  expect(await screen.findByText("At least $3.10 is still set aside in 3 channels")).toBeTruthy();
  expect(screen.getByText(/Of that, \$2\.40 is unused\./)).toBeTruthy();
  const [first] = screen.getAllByRole("button");
  expect(first?.textContent).toBe("Bring it back with the recovery phrase");
});

test("a new wallet is made over the old journal only after the word was typed", async () => {
  const { background } = begin();
  await press("Create a new wallet instead…");
  const field = await screen.findByRole("textbox", { name: "Or type “delete” to go on" });
  await userEvent.type(field, "yes{Enter}");
  expect(screen.queryByLabelText("Password")).toBeNull();
  await userEvent.clear(field);
  await userEvent.type(field, "delete{Enter}");
  await userEvent.type(await screen.findByLabelText("Password"), "correct horse battery{Enter}");
  expect(sent(background, "vault.create")).toEqual([{ password: "correct horse battery", erase: "delete" }]);
});

test("the phrase of another wallet needs the same word", async () => {
  const { background } = begin({ "vault.checkPhrase": { done: true, erases: true } });
  await press("Bring it back with the recovery phrase");
  await userEvent.type(await screen.findByRole("textbox"), PHRASE);
  await press("Next");
  expect(await screen.findByText(/belongs to another wallet than the journal/)).toBeTruthy();
  await userEvent.type(screen.getByRole("textbox"), "delete{Enter}");
  await userEvent.type(await screen.findByLabelText("Password"), "correct horse battery{Enter}");
  expect(sent(background, "vault.create")).toMatchObject([{ phrase: PHRASE, erase: "delete" }]);
});

test("where nothing was before there is nothing to give up", async () => {
  begin({ "leftBehind.get": null });
  await press("Create a wallet");
  expect(await screen.findByLabelText("Password")).toBeTruthy();
});
