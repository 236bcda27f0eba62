/** The first page that a person sees. */
import { browser } from "wxt/browser";

export async function openOnboarding(): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL("/dashboard.html") });
}
