import { useAnswer } from "../background/index.ts";
import { Unready } from "../ui/page.tsx";
import "../ui/index.ts";

export function Dashboard() {
  const status = useAnswer("status.get", {}, { topics: ["status"] });
  if (status.state !== "ready") return <Unready answer={status} />;
  return <main>{status.data.vault}</main>;
}
