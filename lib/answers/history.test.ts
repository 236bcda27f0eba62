/** Claims about deleting the history: nothing that says where the person was is left, not even what was never paid. */
import { afterEach, expect, test } from "vitest";
import { startWallet, type TestWallet } from "../payment/testing/wallet.ts";
import { historyAnswers } from "./history.ts";
import type { AnswerPorts } from "./ports.ts";

let wallet: TestWallet;
afterEach(() => wallet.kill());

test("the address of what was asked and not paid goes with the history, from the browser's session too", async () => {
  wallet = await startWallet([]);
  const { ledger, payments } = wallet;
  const site = "https://news.example";
  await payments.decide({
    id: "request-1",
    url: `${site}/secret`,
    method: "GET",
    type: "xmlhttprequest",
    tabId: 1,
    frameId: 0,
    site,
    frameOrigins: [site],
    incognito: false,
    header: (name) => (name.toLowerCase() === "payment-required" ? "no base64" : undefined),
    signal: new AbortController().signal,
  });
  expect(await payments.noticeOf(site)).toMatchObject({ url: `${site}/secret` });
  const ports: Partial<AnswerPorts> = { ledger, payments, networks: () => [], announce: () => undefined };
  expect(await historyAnswers(ports as AnswerPorts)["history.redact"]({})).toEqual({ done: true });
  expect(await payments.noticeOf(site)).toBeUndefined();
  expect(JSON.stringify(await wallet.disk.session.get(null))).not.toContain("secret");
});
