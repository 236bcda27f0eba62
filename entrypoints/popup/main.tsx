/** The toolbar popup's page: finds the tab in front and mounts the popup for it. */
import { browser } from "wxt/browser";
import { Popup } from "#components/popup/Popup.tsx";
import { mount } from "#components/ui/page.tsx";

/** The tab in front, or the one in the address (`?tab=`) where the popup is shown as a page of its own. */
async function findTab(): Promise<number | undefined> {
  const asked = Number(new URLSearchParams(location.search).get("tab") ?? Number.NaN);
  if (Number.isInteger(asked)) return asked;
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  return tab?.id;
}

const tabId = await findTab();
mount(
  <Popup
    tabId={tabId}
    openDashboard={async (section) => {
      await browser.tabs.create({ url: browser.runtime.getURL(`/dashboard.html#${section}`) });
      window.close();
    }}
  />,
);
