/** Who is answered in a real browser: what browsers say of senders is what the message table relies on. */
import type { DriverPage } from "../driver/launch.ts";
import { expect, test } from "../fixtures.ts";

interface Api {
  readonly runtime: { sendMessage(message: unknown): Promise<unknown> };
}
interface Scope {
  readonly browser?: Api;
  readonly chrome?: Api;
}

/** What the background says to a document (or to a frame in it, with the address that is loaded into it). */
function answerTo(page: DriverPage, name: string, request: object, framed = ""): Promise<unknown> {
  return page.evaluate(
    async ({ message, address }) => {
      let scope = globalThis as unknown as Scope;
      if (address !== "") {
        const frame = document.createElement("iframe");
        frame.src = address;
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        document.body.append(frame);
        await loaded;
        scope = frame.contentWindow as unknown as Scope;
      }
      try {
        const api = (scope.browser ?? scope.chrome)?.runtime;
        return (await api?.sendMessage(message)) ?? "silence";
      } catch {
        return "silence";
      }
    },
    { message: { name, request }, address: framed },
  );
}

test("each screen is answered what it may ask, and nothing else", async ({ tollpass }) => {
  const dashboard = await tollpass.extensionPage("/dashboard.html");
  const popup = await tollpass.extensionPage("/popup.html");
  const window = await tollpass.extensionPage("/approve.html?id=none");
  for (const screen of [dashboard, popup, window]) {
    expect(await answerTo(screen, "status.get", {})).toMatchObject({ vault: "absent" });
  }
  const choice = { approvalId: "none", revision: 1, offer: 0, choice: { kind: "dismiss" } };
  expect(await answerTo(window, "approval.choose", choice)).toEqual({ problem: "gone" });
  expect(await answerTo(popup, "approval.choose", choice)).toBe("silence");
  expect(await answerTo(dashboard, "approval.choose", choice)).toBe("silence");
  expect(await answerTo(dashboard, "vault.reveal", { password: "" })).toMatchObject({ problem: expect.any(String) });
  expect(await answerTo(window, "vault.reveal", { password: "" })).toBe("silence");
  for (const page of [dashboard, popup, window]) await page.close();
});

test("a screen inside a frame and a document that is no screen are not answered", async ({ tollpass, family }) => {
  const dashboard = await tollpass.extensionPage("/dashboard.html");
  // Chromium loads no page of ours into a frame at all; Firefox loads it into our own, and says that it is in one.
  const framed = `${tollpass.extensionOrigin}/popup.html`;
  expect(await answerTo(dashboard, "status.get", {}, framed)).toBe("silence");
  await dashboard.close();
  const other = await tollpass.extensionPage(family === "firefox" ? "/bay.html" : "/manifest.json");
  expect(await answerTo(other, "status.get", {})).toBe("silence");
  await other.close();
});
