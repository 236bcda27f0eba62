/** Brings a browser page to one state of the gallery. */
import { expect, type Page } from "@playwright/test";
import type { GalleryState } from "./states.ts";

/** The size of the window that each page has in a browser. */
const SIZES = {
  approve: { width: 380, height: 520 },
  popup: { width: 360, height: 420 },
  dashboard: { width: 960, height: 760 },
} as const;

/** Opens the state and presses what leads to it. */
export async function openState(page: Page, base: string, name: string, state: GalleryState): Promise<void> {
  await page.setViewportSize(SIZES[state.page]);
  // What an earlier state noted must not show up in this one.
  await page.addInitScript(() => localStorage.clear());
  await page.goto(`${base}?state=${name}${state.hash ?? ""}`);
  await expect(page.locator("main")).toBeVisible();
  if (!state.silent) await expect(page.locator("main > .waiting")).toHaveCount(0);
  // The window that asks wakes up only after it was looked at for a moment.
  const notNow = page.getByRole("button", { name: "Not now", exact: true });
  if (state.page === "approve" && (await notNow.count()) > 0) await expect(notNow).toBeEnabled();
  for (const step of state.steps ?? []) {
    const [label = "", text] = step.split("=");
    if (label === "row")
      await page
        .getByRole("row", { name: text ?? "" })
        .first()
        .click();
    else if (text !== undefined) await page.getByLabel(label, { exact: true }).fill(text);
    else {
      const target = page
        .getByRole("button", { name: label, exact: true })
        .or(page.getByRole("radio", { name: label, exact: true }));
      if ((await target.first().getAttribute("type")) === "radio") await target.first().check({ force: true });
      else await target.first().click();
    }
  }
}
