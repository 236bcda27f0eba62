/** Who asks: the host in full, and whether the connection is protected, in words. */
import { Icon } from "../ui/index.ts";

export function SiteLine({ host, secure }: { host: string; secure: boolean }) {
  return (
    <div className="site-line">
      <h1 className="host">
        <bdi>{host}</bdi>
      </h1>
      <span className={secure ? "secure small" : "insecure small"}>
        <Icon name={secure ? "lock" : "warning"} />
        {secure ? "https" : "http, not protected"}
      </span>
    </div>
  );
}
