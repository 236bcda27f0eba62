/** Open screens survive the death of the background: they come back by themselves, with figures that are true. */
import { expect, fetchAll, fetchAllowed, test } from "./fixtures.ts";

test.beforeEach(() => test.setTimeout(120_000));

test("a dashboard and a popup that were open when the background died come back by themselves, and tell the truth", async ({
  funded,
  tab,
}) => {
  const { driver, wallet } = funded;
  const dashboard = await driver.extensionPage("/dashboard.html#sites");
  const popup = await driver.extensionPage("/popup.html");
  const screens = [dashboard, popup];
  const shown = (words: string) =>
    dashboard.until((wanted) => document.body.innerText.replace(/\s+/g, " ").includes(wanted), words);
  await fetchAllowed(driver, tab, ["/paid/first", "/paid/second"], "0.2");
  await shown("0.2 ¢ of 20 ¢");
  // The mark tells a document that came back from one that was loaded again.
  for (const screen of screens) await screen.evaluate(() => Object.assign(globalThis, { sameDocument: true }));

  for (const tenths of [3, 4]) {
    await driver.killBackground();
    expect(await fetchAll(tab, [`/paid/${tenths}`])).toMatchObject([{ status: 200 }]);
    await shown(`0.${tenths} ¢ of 20 ¢`);
  }
  await driver.killBackground();
  await dashboard.bringToFront();
  await dashboard.click({ role: "button", name: "Pause everything" });
  await dashboard.waitFor({ role: "button", name: "Go on" });
  expect(await wallet.ask("status.get", {})).toMatchObject({ pausedAll: true });
  for (const screen of screens) {
    await screen.until(() => !/restarting|does not answer/.test(document.body.innerText));
    await screen.until(() => /paused/i.test(document.body.innerText));
    expect(await screen.evaluate(() => "sameDocument" in globalThis)).toBe(true);
  }
});
