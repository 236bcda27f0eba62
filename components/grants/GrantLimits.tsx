/** The finer terms of a grant: whether it comes back, until when it holds, how fast it may be spent, and on which pages. */
import type { GrantLimits as Limits, Period } from "#messages";
import { EACH } from "../money/index.ts";
import { sayDay } from "../time.ts";
import { Choose, Details, type Option, Switch, TextField } from "../ui/index.ts";
import { useNow } from "../useNow.ts";

/** The limits as they are typed. */
export interface TypedLimits extends Omit<Limits, "paths"> {
  readonly paths: string;
}

export const typedLimits = (limits: Limits): TypedLimits => ({ ...limits, paths: limits.paths.join(" ") });

/** The limits that were typed, or undefined if a page's path is none. */
export function readLimits({ paths, ...limits }: TypedLimits): Limits | undefined {
  const list = paths.split(/[\s,]+/).filter((path) => path !== "");
  const fine = list.length <= 20 && list.every((path) => path.startsWith("/") && path.length <= 200);
  return fine ? { ...limits, paths: list } : undefined;
}

const DAY = 86_400_000;
const NOW_CHECK_MS = 60_000;
const SPEEDS = [10, 60, 300, 1_000];
const SPANS = [
  { id: "1", name: "in a day" },
  { id: "7", name: "in a week" },
  { id: "30", name: "in 30 days" },
  { id: "365", name: "in a year" },
];

interface GrantLimitsProps {
  readonly limits: TypedLimits;
  readonly period: Period;
  onChange(limits: TypedLimits): void;
}

export function GrantLimits({ limits, period, onChange }: GrantLimitsProps) {
  const now = useNow(NOW_CHECK_MS);
  const { renews, perMinute, expiresAt, paths } = limits;
  const change = (part: Partial<TypedLimits>) => onChange({ ...limits, ...part });
  const ends: Option<string>[] = [
    { id: "never", name: "never" },
    ...(expiresAt === null ? [] : [{ id: "kept", name: `on ${sayDay(expiresAt, now)}` }]),
    ...SPANS,
  ];
  const speeds = [...new Set([...SPEEDS, ...(perMinute === null ? [] : [perMinute])])].sort((a, b) => a - b);
  return (
    <Details title="More limits">
      <div className="grant-limits">
        <Switch
          isSelected={renews && period !== "once"}
          isDisabled={period === "once"}
          onChange={(on) => change({ renews: on })}
        >
          {period === "once" ? "It does not come back" : `It comes back: the same again ${EACH[period]}`}
        </Switch>
        <div className="grant-fields">
          <Choose
            label="Ends"
            options={ends}
            value={expiresAt === null ? "never" : "kept"}
            onChange={(id) => {
              if (id === "never") change({ expiresAt: null });
              else if (id !== "kept") change({ expiresAt: now + Number(id) * DAY });
            }}
          />
          <Choose
            label="Each minute"
            options={[
              ...speeds.map((speed) => ({ id: String(speed), name: `${speed.toLocaleString("en")} payments` })),
              { id: "any", name: "any number" },
            ]}
            value={perMinute === null ? "any" : String(perMinute)}
            onChange={(id) => change({ perMinute: id === "any" ? null : Number(id) })}
          />
        </div>
        <TextField
          label="Only these pages"
          value={paths}
          onChange={(typed) => change({ paths: typed })}
          fault={readLimits(limits) ? undefined : "Write paths such as /news or /films/*.html."}
          note="Empty: all pages. /news covers what is under it; * stands for any name."
        />
      </div>
    </Details>
  );
}
