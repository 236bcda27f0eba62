/** The spec's end of a shop process: starts it, asks it, kills it, and starts it again on the same database and port. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { poll } from "../driver/launch.ts";
import type { Books, ShopConfig, ShopNews, ShopReply, ShopRequest } from "./shopTalk.ts";

const SERVER = fileURLToPath(new URL("shopServer.ts", import.meta.url));
const PATIENCE = 60_000;

type Order<R = ShopRequest> = R extends unknown ? Omit<R, "id"> : never;

export class Shop {
  readonly #config: ShopConfig;
  #child: ChildProcess | undefined;
  #origin = "";
  #asked = 0;
  readonly #answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  /** Requests with a payment, in their order of arrival, over all lives of the shop. */
  readonly arrived: { readonly path: string; readonly payment: string }[] = [];
  /** Paths whose handler ran. */
  readonly served: string[] = [];

  private constructor(config: ShopConfig) {
    this.#config = config;
  }

  static async open(config: Omit<ShopConfig, "port">): Promise<Shop> {
    const shop = new Shop({ ...config, port: 0 });
    await shop.start();
    return shop;
  }

  get origin(): string {
    return this.#origin;
  }

  /** Starts the process; after a kill on the port that it had, so that it is the same origin. */
  async start(): Promise<void> {
    const child = fork(SERVER, { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child = child;
    child.on("message", (message) => this.#hear(message as ShopNews | ShopReply));
    const port = this.#origin ? Number(new URL(this.#origin).port) : 0;
    this.#origin = (await this.#order({ order: "start", config: { ...this.#config, port } })) as string;
  }

  async hold(on: boolean): Promise<void> {
    await this.#order({ order: "hold", on });
  }

  async books(): Promise<Books> {
    return (await this.#order({ order: "books" })) as Books;
  }

  async claim(): Promise<bigint> {
    return (await this.#order({ order: "claim" })) as bigint;
  }

  /** Resolves when the handler of that path has run `times` times, over all lives of the shop. */
  async servedOf(path: string, times = 1): Promise<void> {
    const count = async () => this.served.filter((each) => each === path).length >= times;
    await poll(`${path} to be served`, count, PATIENCE);
  }

  /** The payments that arrived for a path, as they were on the wire. */
  paymentsFor(path: string): string[] {
    return this.arrived.filter((each) => each.path === path).map(({ payment }) => payment);
  }

  /** SIGKILL, in the middle of whatever it does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    for (const { reject } of this.#answers.values()) reject(new Error("the shop was killed"));
    this.#answers.clear();
  }

  async close(): Promise<void> {
    if (this.#child) await this.#order({ order: "stop" }).catch(() => undefined);
    await this.kill();
  }

  #order(order: Order): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#child?.send({ id, ...order });
    });
  }

  #hear(message: ShopNews | ShopReply): void {
    if ("news" in message) {
      if (message.news === "arrived") this.arrived.push({ path: message.path, payment: message.payment });
      else this.served.push(message.path);
      return;
    }
    const answer = this.#answers.get(message.id);
    this.#answers.delete(message.id);
    if ("failed" in message) answer?.reject(new Error(message.failed));
    else answer?.resolve(message.result);
  }
}
