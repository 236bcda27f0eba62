// Small wrong versions of Solidity source: each one change that a test ought to notice.

/** One change of a source text. */
export interface Mutant {
  /** Offset of the changed text, in UTF-16 units. */
  readonly at: number;
  /** Line of the change, from 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

interface Rule {
  readonly find: RegExp;
  /** What each find is replaced by; each entry makes one mutant. Groups are as in `String.replace`. */
  readonly replace: readonly string[] | ((match: RegExpExecArray) => readonly string[]);
}

/** Two names that are taken for each other, `after` which something stands. */
const swap = (a: string, b: string, after = ""): Rule[] => [
  { find: new RegExp(`\\b${a}\\b${after}`, "g"), replace: [b] },
  { find: new RegExp(`\\b${b}\\b${after}`, "g"), replace: [a] },
];
const CALLED = "(?=\\()";

const numberAfter = ([text]: RegExpExecArray): string[] =>
  text.startsWith("0x") ? [`0x${(BigInt(text) + 1n).toString(16)}`] : [String(BigInt(text.replaceAll("_", "")) + 1n)];

/** On text in which comments, strings, imports and declarations of types are blanked out. */
const RULES: readonly Rule[] = [
  // Comparisons: their bound, and the opposite.
  { find: / == /g, replace: [" != "] },
  { find: / != /g, replace: [" == "] },
  { find: / < /g, replace: [" <= ", " >= "] },
  { find: / > /g, replace: [" >= ", " <= "] },
  { find: / <= /g, replace: [" < ", " > "] },
  { find: / >= /g, replace: [" > ", " < "] },
  // Logic, arithmetic and bits.
  { find: / && /g, replace: [" || "] },
  { find: /(?<=\S) \|\| /g, replace: [" && "] },
  { find: /!(?=[\w(])/g, replace: [""] },
  { find: / \+ /g, replace: [" - "] },
  { find: / - /g, replace: [" + "] },
  { find: / \+= /g, replace: [" -= ", " = "] },
  { find: / << /g, replace: [" >> "] },
  { find: / >> /g, replace: [" << "] },
  { find: / & (?!~)/g, replace: [" | "] },
  { find: / \| /g, replace: [" & "] },
  { find: /~/g, replace: [""] },
  { find: /\? ([\w.()]+) : ([\w.()]+)/g, replace: ["? $2 : $1"] },
  // The same in assembly, and steps of it that are left out. `not` of a truth is always one.
  ...swap("or", "and", CALLED),
  ...swap("gt", "lt", CALLED),
  ...swap("shr", "shl", CALLED),
  ...swap("add", "sub", CALLED),
  { find: /\beq(?=\()/g, replace: ["gt", "lt"] },
  { find: /\biszero(?=\()/g, replace: ["not"] },
  { find: /^ *(?:mstore|calldatacopy|pop)\(.*\)(?= *$)/gm, replace: ["{}"] },
  // Numbers, units and truth.
  { find: /(?<![\w."])(?:0x[0-9a-fA-F]{1,8}|\d[\d_]*)(?!\w)/g, replace: numberAfter },
  { find: /\bhours\b/g, replace: ["days"] },
  { find: /\bdays\b/g, replace: ["hours"] },
  { find: /\btrue\b/g, replace: ["false"] },
  { find: /\bfalse\b/g, replace: ["true"] },
  // A check, a guard or a step that is left out.
  { find: /^ *(?:if \([^{}]*?\) )?revert [^;]*;/gm, replace: ["{}"] },
  { find: /^ *if \([^;{}]*\) return [^;]*;/gm, replace: ["{}"] },
  { find: /^ *_?(?:require|payOut|addDeposit|requireArrival|startExit|end)\w*\([^;]*;/gim, replace: ["{}"] },
  { find: /^ *emit [^;]*;/gm, replace: ["{}"] },
  { find: /^ *[\w.[\]]+ = [^;]*;/gm, replace: ["{}"] },
  { find: /\bnonReentrant(?:UntilEndCall)?\b/g, replace: [""] },
  {
    find: /\.with(?:Status|Settled|MoreSettled|Deposit|Exit)\([\w. +-]+\)|\.withNextRefund\(\)/g,
    replace: [""],
  },
  // One party or total for the other.
  ...swap("payee", "payer"),
  ...swap("payeeSigner", "payerSigner"),
  { find: /\bdeposited\(\)/g, replace: ["settled()"] },
  { find: /\bsettled\(\)/g, replace: ["deposited()"] },
  ...swap("earned", "owed"),
  ...swap("toPayee", "toPayer"),
  ...swap("exitDelay", "challengePeriod"),
  {
    find: /\bStatus\.(Open|Exiting|Closing|Closed)\b/g,
    replace: (m) => (m[1] === "Open" ? ["Status.Exiting"] : ["Status.Open"]),
  },
  { find: /\bmsg\.sender\b/g, replace: ["tx.origin"] },
];

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** The text with all that is not code to be changed replaced by spaces, at the same offsets. */
function codeOf(source: string): string {
  return (
    source
      .replace(/\/\/[^\n]*/g, blank)
      .replace(/\/\*[\s\S]*?\*\//g, blank)
      .replace(/"[^"\n]*"/g, blank)
      .replace(/^(?:import|using|pragma)\b[^;]*;/gm, blank)
      .replace(/^ *(?:error|event)\b[^;]*;/gm, blank)
      .replace(/^(?:struct|enum) [^}]*}/gm, blank)
      .replace(/^(?:abstract )?(?:contract|library|type) [^{;]*[{;]/gm, blank)
      // Parameters: renaming one only moves its name.
      .replace(/\bfunction \w*\([^)]*\)/g, blank)
  );
}

/** All mutants of a source text, in order of their place; those of equal text once. */
export function mutantsOf(source: string): Mutant[] {
  const code = codeOf(source);
  const found = new Map<string, Mutant>();
  for (const { find, replace } of RULES) {
    for (const match of code.matchAll(find)) {
      const length = match[0].length;
      const before = source.slice(match.index, match.index + length);
      const afters = typeof replace === "function" ? replace(match) : replace;
      for (const text of afters) {
        const after = text.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? "");
        const first = match.index + (/\S/.exec(before)?.index ?? 0);
        const line = source.slice(0, first).split("\n").length;
        found.set(`${match.index}:${length}:${after}`, { at: match.index, line, before, after });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

/** The source with one change made. */
export const apply = (source: string, { at, before, after }: Mutant): string =>
  source.slice(0, at) + after + source.slice(at + before.length);
