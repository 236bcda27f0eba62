/** Builds the gallery and serves it on a free port of this machine. `node e2e/gallery/serve.ts` prints its address. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const root = dirname(fileURLToPath(import.meta.url));

/** `url` ends with a slash; `close` also removes what was built. */
export async function serveGallery(): Promise<{ url: string; close(): Promise<void> }> {
  const outDir = mkdtempSync(join(tmpdir(), "tollpass-gallery-"));
  const shared = { root, configFile: false, logLevel: "error" } as const;
  await build({
    ...shared,
    resolve: { conditions: ["tollpass-source"] },
    build: { outDir, target: "es2022", minify: false, chunkSizeWarningLimit: 10_000 },
  });
  const server = await preview({ ...shared, build: { outDir }, preview: { host: "127.0.0.1", port: 0 } });
  const address = server.httpServer.address();
  if (!address || typeof address === "string") throw new Error("the gallery has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

if (import.meta.main) console.log((await serveGallery()).url);
