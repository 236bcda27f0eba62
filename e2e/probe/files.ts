/** The smallest files of each kind that a browser accepts as real. */

export type FileKind = "json" | "echo" | "page" | "image" | "video" | "style" | "script";

/** A red picture, 2 wide and 3 high. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEElEQVR4nGP4z8AARAwoFABE0AX7pM/egAAAAABJRU5ErkJggg==";

/** One tenth of a second of silence: 8-bit mono WAV, which every browser plays without a codec package. */
function wav(): Buffer {
  const samples = 800;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples, 40);
  return Buffer.concat([header, Buffer.alloc(samples, 128)]);
}

const FILES: Record<FileKind, { type: string; body: string | Buffer }> = {
  json: { type: "application/json", body: '{"paid":true}' },
  echo: { type: "application/octet-stream", body: "" },
  page: { type: "text/html", body: "<!doctype html><title>Paid</title><h1 id='paid'>The paid page</h1>" },
  image: { type: "image/png", body: Buffer.from(PNG, "base64") },
  video: { type: "audio/wav", body: wav() },
  style: { type: "text/css", body: "body { color: rgb(1, 2, 3) }" },
  script: { type: "text/javascript", body: "globalThis.scriptRuns = (globalThis.scriptRuns ?? 0) + 1;" },
};

export function bodyOf(kind: FileKind): { type: string; body: string | Buffer } {
  return FILES[kind] ?? { type: "text/plain", body: "" };
}
