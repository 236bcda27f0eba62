/** Who asks: the host in full, and whether the connection is protected, in words. */
import type { Connection } from "#messages";
import { Icon } from "../ui/index.ts";

const CONNECTIONS = {
  https: "https",
  this_computer: "on this computer",
  open: "http, not protected",
} as const satisfies Record<Connection, string>;

export function SiteLine({ host, connection }: { host: string; connection: Connection }) {
  return (
    <div className="site-line">
      <h1 className="host">
        <bdi>{host}</bdi>
      </h1>
      <span className={connection === "open" ? "insecure small" : "secure small"}>
        <Icon name={connection === "open" ? "warning" : "lock"} />
        {CONNECTIONS[connection]}
      </span>
    </div>
  );
}
