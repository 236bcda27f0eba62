/** Serves the gallery on a free port of this machine. `node e2e/gallery/serve.ts` prints its address. */
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const here = dirname(fileURLToPath(import.meta.url));

/** Starts it; `url` ends with a slash. */
export async function serveGallery(): Promise<{ url: string; close(): Promise<void> }> {
  const server = await createServer({
    root: here,
    configFile: false,
    logLevel: "error",
    cacheDir: join(tmpdir(), "tollpass-gallery"),
    resolve: { conditions: ["tollpass-source"] },
    server: { host: "127.0.0.1", port: 0, fs: { allow: [dirname(dirname(here))] } },
    // Whatever is pre-bundled while pages load would reload them under the eyes of a test.
    optimizeDeps: {
      include: [
        "react",
        "react-dom/client",
        "react/jsx-dev-runtime",
        "react-aria-components",
        "zod",
        "viem",
        "wxt/browser",
      ],
    },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("the gallery has no port");
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}

if (import.meta.main) console.log((await serveGallery()).url);
