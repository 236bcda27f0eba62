/** What is new each time it is asked for: the wire, the weather, and what the archive finds. */
import { requireGood } from "./goods.ts";
import { pathOf, STORIES } from "./stories/index.ts";

const LINES = [
  "Quill Bridge: traffic flows; former tollkeeper seen waving.",
  "Harbour: coaster Perpetua in, three lamps, no complaint.",
  "Market: a cent closes unchanged at a cent.",
  "Council votes to study the ferry; ferry votes to stay in the field.",
  "Lighthouse blinks; keeper denies meaning anything by it.",
  "Goats, three, crossed north at a brisk trot. All paid.",
  "Mint reports record year for coins that nobody picks up.",
  "Fog bank opens; grants no loans.",
  "Post office finds 1911 letter, delivers it, asks for the difference.",
  "Subscription seen alive in Saltmarsh; relatives worried.",
  "Lift bridge up. Lift bridge down. More as it happens.",
  "Liner complains about nine lamps, then pays for eleven.",
  "Troll opens second branch; keystone confident.",
  "Tide out. Expected back.",
  "Room 402: tenant reports excellent light under the door.",
  "Weather vane and harbour master agree; both surprised.",
] as const;

/** One line of the wire; `number` counts up from 1. */
export function wireLine(number: number): { number: number; line: string; at: string } {
  return { number, line: LINES[(number - 1) % LINES.length] ?? "", at: new Date().toISOString() };
}

const SKIES = [
  "Fog with a chance of ships",
  "Clear, and rather pleased about it",
  "Drizzle of the argumentative kind",
  "Wind from the west, opinions from the east",
] as const;

export function weather(minute: number): { sky: string; wind: string; water: string } {
  return {
    sky: SKIES[minute % SKIES.length] ?? SKIES[0],
    wind: `force ${2 + (minute % 5)}`,
    water: `${8 + (minute % 7)} °C, wet`,
  };
}

const HEADLINES: readonly (readonly [number, string])[] = [
  [1784, "Lamps lit upon the mole; captains to be charged by the hour"],
  [1791, "Bridge over the Quill opens; first to cross is a goat"],
  [1803, "Coin shortage: harbour accepts promises, in pencil"],
  [1822, "Toll raised to a farthing; riot dissolves for want of change"],
  [1837, "Ferry proposed; bridge said to be hurt"],
  [1849, "Harbour dredged, found to contain harbour"],
  [1866, "Keeper of the night book marries the keeper of the day book"],
  [1871, "Troll files for patent upon the words ‘or else’"],
  [1888, "Lighthouse electrified; moths write to the editor"],
  [1902, "Motor car pays toll as four horses, disputes which"],
  [1911, "Letter posted; delivery expected"],
  [1923, "Ferry collides with fog, fog to blame"],
  [1934, "Bridge painted; painter begins again at the other end"],
  [1948, "One cent found in the council’s accounts; inquiry to last nine years"],
  [1957, "Inquiry ends; cent spent on tea"],
  [1969, "Harbour watches moon; moon watches harbour"],
  [1982, "Councillor searches pockets on the bridge, eleventh year"],
  [1994, "Door marked 402 hung in corridor; for future use"],
  [2003, "Toll by card considered; card costs more than toll"],
  [2015, "Ferry passengers asked to accept terms of the water"],
];

export interface Find {
  readonly year: number;
  readonly headline: string;
}

/** Headlines that contain the text, whatever its case; none for an empty text. */
export function search(text: string): readonly Find[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const today = STORIES.map((story): readonly [number, string] => [2026, requireGood(pathOf(story)).description]);
  return [...HEADLINES, ...today]
    .filter(([, headline]) => headline.toLowerCase().includes(wanted))
    .map(([year, headline]) => ({ year, headline }));
}
