/** Claims about the sender rules of the message table: every screen may send what its own parts send. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { MESSAGES, type MessageName, maySend, SCREENS } from "#messages";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SENT = /\b(?:useAnswer|useSend|ask)\(\s*"([a-zA-Z]+\.[a-zA-Z]+)"/g;
const IMPORTED = /from "((?:\.|#components)[^"]+)"/g;

/** Names of all messages that a file, or a component that it imports, sends. */
function sentFrom(file: string, seen = new Set<string>()): Set<string> {
  const sent = new Set<string>();
  if (seen.has(file) || !existsSync(file)) return sent;
  seen.add(file);
  const source = readFileSync(file, "utf8");
  for (const [, name = ""] of source.matchAll(SENT)) sent.add(name);
  for (const [, path = ""] of source.matchAll(IMPORTED)) {
    const target = path.startsWith(".")
      ? resolve(dirname(file), path)
      : path.replace("#components", `${root}/components`);
    for (const name of sentFrom(target, seen)) sent.add(name);
  }
  return sent;
}

describe.each(Object.entries(SCREENS))("%s", (page, screen) => {
  const sent = sentFrom(`${root}/entrypoints${page.replace(".html", "")}/main.tsx`);

  test("sends messages, all of which are in the table and may be sent from there", () => {
    expect(sent.size).toBeGreaterThan(1);
    for (const name of sent) expect(Object.keys(MESSAGES)).toContain(name);
    const forbidden = [...sent].filter((name) => !maySend(MESSAGES[name as MessageName].from, screen));
    expect(forbidden).toEqual([]);
  });
});

test("no message is in the table that no screen sends", () => {
  const all = Object.keys(SCREENS).flatMap((page) => [
    ...sentFrom(`${root}/entrypoints${page.replace(".html", "")}/main.tsx`),
  ]);
  expect(Object.keys(MESSAGES).filter((name) => !all.includes(name))).toEqual([]);
});
