/** Showing: notices, meters, details that unfold, values to copy, and what stands where nothing is yet. */
import { type ReactNode, useEffect, useState } from "react";
import { Button as AriaButton, Disclosure as AriaDisclosure, DisclosurePanel, Meter } from "react-aria-components";
import { Button } from "./Button.tsx";
import { Icon, type IconName } from "./Icon.tsx";

export type Tone = "plain" | "good" | "warning" | "danger";
const SIGNS: Record<Tone, IconName> = { plain: "info", good: "check", warning: "warning", danger: "warning" };

/** `live` reads it out when it appears. */
export function Notice(props: { tone?: Tone; icon?: IconName; title?: string; live?: boolean; children?: ReactNode }) {
  const { tone = "plain", icon, title, live = false, children } = props;
  return (
    <div className={`notice ${tone}`} {...(live ? { role: tone === "danger" ? "alert" : "status" } : {})}>
      <Icon name={icon ?? SIGNS[tone]} />
      <div className="body">
        {title ? <p className="notice-title">{title}</p> : null}
        {children}
      </div>
    </div>
  );
}

/** A bar from 0 to 1. `text` says the same in words and is shown by the caller. */
export function Bar({ label, text, share }: { label: string; text: string; share: number }) {
  const percent = Math.max(0, Math.min(1, share)) * 100;
  return (
    <Meter className="meter" aria-label={label} value={percent} valueLabel={text}>
      <div className="track">
        <div className={percent >= 100 ? "fill full" : "fill"} style={{ width: `${percent}%` }} />
      </div>
    </Meter>
  );
}

export function Details({ title, children }: { title: string; children: ReactNode }) {
  return (
    <AriaDisclosure className="disclosure">
      <AriaButton slot="trigger" className="button quiet small-button disclosure-button">
        <span className="turning">
          <Icon name="chevron" />
        </span>
        {title}
      </AriaButton>
      <DisclosurePanel>{children}</DisclosurePanel>
    </AriaDisclosure>
  );
}

/** A value with a button that copies it; `name` names the value for those who cannot see the row. */
export function Copyable({ name, value, children }: { name: string; value: string; children?: ReactNode }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <div className="copy">
      <span className="value">{children ?? <span className="mono">{value}</span>}</span>
      <Button
        look="quiet"
        small
        aria-label={`Copy ${name}`}
        onPress={() => {
          navigator.clipboard.writeText(value).then(
            () => setCopied(true),
            () => setCopied(false),
          );
        }}
      >
        <Icon name={copied ? "check" : "copy"} />
      </Button>
      <span className="unseen" role="status">
        {copied ? `${name} copied` : ""}
      </span>
    </div>
  );
}

export function Waiting({ children = "One moment…" }: { children?: ReactNode }) {
  return (
    <p className="waiting" role="status">
      <span className="spinner" aria-hidden="true" />
      {children}
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
