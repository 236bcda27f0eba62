/** A rough hint how hard a password is to guess; it advises, the length alone decides. */

export const MIN_PASSWORD = 8;

export interface Strength {
  /** 0 to 1, for the bar. */
  readonly share: number;
  readonly word: string;
}

/** Counts different characters and kinds of them; repeats and sequences add little. */
export function strengthOf(password: string): Strength {
  if (password.length < MIN_PASSWORD) {
    const missing = MIN_PASSWORD - password.length;
    return { share: password.length / 40, word: `${missing} more character${missing === 1 ? "" : "s"}` };
  }
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
  const characters = [...password];
  const fresh = characters.filter((character, index) => {
    const step = (character.codePointAt(0) ?? 0) - (characters[index - 1]?.codePointAt(0) ?? 0);
    return index === 0 || Math.abs(step) > 1;
  }).length;
  const bits = Math.min(fresh, new Set(characters).size * 2) * (2.5 + kinds);
  if (bits < 36) return { share: 0.3, word: "Easy to guess" };
  if (bits < 52) return { share: 0.55, word: "Fair" };
  if (bits < 72) return { share: 0.8, word: "Good" };
  return { share: 1, word: "Strong" };
}
