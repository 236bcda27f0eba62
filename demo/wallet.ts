/** Tollpass in a driven browser, as the demo uses it: told about the local chain, asked by its own messages. */
import type { Network } from "@tollpass/protocol";
import type { Driver, DriverPage } from "#e2e/driver/driver.ts";
import type { MessageName, Reply, Request } from "#messages";

/** What an extension page has. */
interface ExtensionApi {
  readonly runtime: { sendMessage(message: unknown): Promise<unknown> };
  readonly storage: { readonly local: { set(items: Record<string, unknown>): Promise<void> } };
}
type WithApi = { readonly browser?: ExtensionApi; readonly chrome: ExtensionApi };

export interface DrivenWallet {
  /** The dashboard, open in a tab. */
  readonly page: DriverPage;
  /** Sends one of the messages that screens send. Throws if the wallet says that it was not done. */
  ask<N extends MessageName>(name: N, request: Request<N>): Promise<Exclude<Reply<N>, { problem: string }>>;
}

/** Tells a freshly installed wallet about the local network. Uses the dashboard that it opens by itself. */
export async function openWallet(driver: Driver, network: Network): Promise<DrivenWallet> {
  const page = await driver.waitForExtensionPage((path) => path.startsWith("/dashboard.html"), 30_000);
  await page.evaluate(async (localNetwork) => {
    const api = globalThis as unknown as WithApi;
    await (api.browser ?? api.chrome).storage.local.set({ localNetwork });
    Object.assign(globalThis, { beforeReload: true });
  }, network);
  await page.goto(`${driver.extensionOrigin}/dashboard.html`);
  // A message that the old document sends may be sent again by the new one: nothing is asked before it is gone.
  await page.until(() => !("beforeReload" in globalThis));
  return walletBehind(page);
}

/** The wallet that an open page of it talks to. */
export function walletBehind(page: DriverPage): DrivenWallet {
  return {
    page,
    async ask(name, request) {
      const reply = await page.until(
        async (message) => {
          const api = globalThis as unknown as WithApi;
          const answer = await (api.browser ?? api.chrome).runtime.sendMessage(message);
          // An answer may be null; the wrapping keeps it apart from "not answered yet".
          return answer === undefined ? undefined : { answer };
        },
        { name, request },
      );
      const { answer } = reply as { answer: unknown };
      if (typeof answer === "object" && answer !== null && "problem" in answer) {
        throw new Error(`${name}: the wallet says ${JSON.stringify(answer)}`);
      }
      return answer as Exclude<Reply<typeof name>, { problem: string }>;
    },
  };
}
