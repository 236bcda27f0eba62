import { expect, test } from "../fixtures.ts";

test("an extension page can be read, clicked, filled and shown dark", async ({ probe }) => {
  const page = await probe.extensionPage("/status.html");
  expect(await page.text("h1")).toBe("Probe");
  await page.click({ role: "button", name: "Nothing" });
  await page.fill("input", "first");
  await page.fill({ role: "textbox", name: "Word" }, "second");
  expect(await page.evaluate(() => document.querySelector("input")?.value)).toBe("second");
  await page.setColorScheme("dark");
  await page.until(() => matchMedia("(prefers-color-scheme: dark)").matches);
  await page.setColorScheme("light");
  await page.until(() => matchMedia("(prefers-color-scheme: light)").matches);
  await page.close();
});

test("a window that the extension opens is found by its path", async ({ probe }) => {
  const page = await probe.extensionPage("/status.html");
  await page.evaluate(() => {
    const { chrome } = globalThis as unknown as { chrome: { windows: { create(options: object): void } } };
    chrome.windows.create({ type: "popup", url: "/status.html?window", width: 380, height: 600 });
  });
  const opened = await probe.waitForExtensionPage((path) => path === "/status.html?window");
  expect(await opened.text("h1")).toBe("Probe");
  await opened.close();
  await page.close();
});
