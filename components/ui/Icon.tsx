/** The few signs that we draw ourselves, on a 16-unit grid, in the colour of the text around them. */
const PATHS = {
  check: "M3 8.5 6.5 12 13 4.5",
  chevron: "M6 3.5 10.5 8 6 12.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
  eyeOff:
    "M2.5 2.5l11 11M6 4a6 6 0 0 1 2-.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-2 2.5M4 5.2A11 11 0 0 0 1.5 8S4 12.5 8 12.5c1 0 1.9-.3 2.7-.7",
  info: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM8 7.5v4M8 4.5v.6",
  lock: "M3.5 7.5h9v6.5h-9zM5.5 7.5v-2.5a2.5 2.5 0 0 1 5 0v2.5",
  pause: "M5 3v10M11 3v10",
  play: "M4.5 3v10l8-5z",
  warning: "M8 2 14.5 13.5h-13zM8 6.5v3.5M8 11.6v.4",
  never: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM3.5 3.5l9 9",
  external: "M6.5 3h-4v10.5h10.5v-4M9 2.5h4.5v4.5M13.5 2.5 7.5 8.5",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3.5h-3.5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decorative: whatever it says is also said in words beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Our mark: a raised barrier. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0a6652" />
      <path d="M10 26V14" stroke="#fff" strokeWidth="4" strokeLinecap="round" />
      <path d="M10 20 25 7" stroke="#fff" strokeWidth="4.5" strokeLinecap="round" />
      <path d="M15 15.7l2.4-2.1M20.4 11l2.4-2.1" stroke="#0a6652" strokeWidth="2.5" />
      <path d="M6.5 26h7" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
