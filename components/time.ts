/** Moments and durations in plain words. All times are milliseconds since 1970. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "just now", "4 min", "3 h", or a date from the second day on. */
export function sayAgo(at: number, now: number): string {
  const age = now - at;
  if (age < MINUTE) return "just now";
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h`;
  return sayDay(at, now);
}

/** "1 Dec", with the year if it is another one than `now`'s. */
export function sayDay(at: number, now: number): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** "1 Dec 2026, 14:05:09". */
export function sayMoment(at: number): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }).format(at);
}

function count(amount: number, unit: string): string {
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}

/** A duration as people say it, rounded up to what can be relied on: "24 hours", "3 days", "40 seconds". */
export function sayDuration(milliseconds: number): string {
  const rest = Math.max(0, milliseconds);
  if (rest < 2 * MINUTE) return count(Math.ceil(rest / SECOND), "second");
  if (rest < 2 * HOUR) return count(Math.ceil(rest / MINUTE), "minute");
  if (rest <= 2 * DAY) return count(Math.ceil(rest / HOUR), "hour");
  return count(Math.ceil(rest / DAY), "day");
}

/** What is left of a countdown, to the second near its end: "3 days 4 h", "2 h 5 min", "4:07". */
export function sayCountdown(milliseconds: number): string {
  const rest = Math.max(0, milliseconds);
  const days = Math.floor(rest / DAY);
  const hours = Math.floor((rest % DAY) / HOUR);
  const minutes = Math.floor((rest % HOUR) / MINUTE);
  if (days > 0) return `${count(days, "day")} ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  const seconds = Math.ceil((rest % MINUTE) / SECOND);
  const [whole, part] = seconds === 60 ? [minutes + 1, 0] : [minutes, seconds];
  return `${whole}:${String(part).padStart(2, "0")}`;
}
