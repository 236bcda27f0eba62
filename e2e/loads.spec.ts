import { expect, test } from "./fixtures.ts";

test("the built extension loads and its dashboard opens", async ({ tollpass }) => {
  const page = await tollpass.extensionPage("/dashboard.html");
  expect(await page.url()).toBe(`${tollpass.extensionOrigin}/dashboard.html`);
  await page.until(() => document.readyState === "complete" && document.title);
  await page.close();
});
