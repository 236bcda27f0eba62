/**
 * The probe's background: the real interceptor, with a policy that the test server dictates in its 402 and a diary that
 * it posts back to that server. No keys, no money: a payment is the header "probe-<uuid>".
 */
import { defineBackground } from "wxt/utils/define-background";
import { createInterceptor, type Intercepted, type Verdict } from "#intercept";

/** Entries reach the server in the order in which they happened, several at once when it is slower than they come. */
const unposted = new Map<string, object[]>();
let posting = false;

function write(control: string | undefined, entry: object): void {
  if (!control) return;
  const entries = unposted.get(control) ?? [];
  entries.push(entry);
  unposted.set(control, entries);
  if (!posting) void post();
}

async function post(): Promise<void> {
  posting = true;
  for (;;) {
    const [next] = unposted;
    if (!next) break;
    const [control, entries] = next;
    unposted.delete(control);
    await fetch(`${control}/control/diary`, { method: "POST", body: JSON.stringify(entries) }).catch(() => {});
  }
  posting = false;
}

/** Resolves when the test says so; one connection for all that wait for the same word. */
const holds = new Map<string, Promise<unknown>>();
function released(control: string | undefined, policy: string): Promise<unknown> {
  const address = `${control}/control/hold?${encodeURIComponent(policy)}`;
  const hold = holds.get(address) ?? fetch(address);
  holds.set(address, hold);
  return hold;
}

async function decide(request: Intercepted): Promise<Verdict> {
  const policy = request.header("payment-required") ?? "none";
  const control = request.header("probe-control");
  const { header: _, signal, ...facts } = request;
  write(control, { kind: "decide", policy, ...facts });
  signal.addEventListener("abort", () => write(control, { kind: "aborted", id: request.id }));
  const [what] = policy.split("-");
  if (what !== "pay" && what !== "hold" && what !== "later") return { kind: "leave" };
  if (what !== "pay") await released(control, policy);
  if (what === "later") return { kind: "leave" };
  // The payment names the server to report to: a background that was restarted remembers nothing.
  const paymentId = `${new URL(control ?? "").port}:${crypto.randomUUID()}`;
  return { kind: "pay", paymentId, headers: { "PAYMENT-SIGNATURE": `probe-${paymentId}` } };
}

export default defineBackground(() => {
  createInterceptor().start({
    decide,
    replayed(paymentId, event) {
      const { kind } = event;
      const rest =
        kind === "answered"
          ? { status: event.status, contentType: event.header("content-type") }
          : kind === "lost"
            ? { reason: event.reason, sent: event.sent }
            : {};
      write(`http://127.0.0.1:${paymentId.split(":")[0]}`, { kind, paymentId, ...rest });
    },
    // It asks nobody, so nobody said no.
    navigated: () => undefined,
  });
});
