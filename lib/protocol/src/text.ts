/** Words of a server before a person sees them: cut, on one line, and unable to reorder or hide what stands beside them. */

const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
/** Format characters: bidi controls, zero-width spaces, tags. The joiners stay, because scripts and emoji need them. */
const INVISIBLE = /(?![\u200c\u200d])\p{Cf}/gu;
/** More than two marks on one letter spill over the lines around it. */
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;

/**
 * `text` as one plain line of at most `max` characters (code points), the last of them "…" where it was cut. Control,
 * bidi and invisible characters are gone. What is returned is text, not markup: escape it where it is shown.
 */
export function plainText(text: string, max: number): string {
  const clean = text
    .slice(0, Math.max(256, max * 16))
    .toWellFormed()
    .replace(BREAKS, " ")
    .replace(INVISIBLE, "")
    .replace(STACKED_MARKS, "$1")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = Array.from(clean);
  if (characters.length <= max) return clean;
  return max < 1
    ? ""
    : `${characters
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`;
}
