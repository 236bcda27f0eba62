/** Puts an app on the loopback interface. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { Express } from "express";

export interface Listening {
  readonly url: string;
  /** Stops answering: open connections are cut, so that it never waits for a browser. */
  close(): Promise<void>;
}

/** `port` 0 lets the operating system choose. Only this machine can reach it. */
export async function listen(app: Express, port = 0): Promise<Listening> {
  const server = createServer(app).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
