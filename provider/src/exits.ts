/** The exit that needs no consent of the payee: relayed for this server's customers, or for anyone if the owner says so. */
import { requestExitTypedData, verifySignature } from "@tollpass/protocol";
import type { Hex } from "viem";
import type { Call } from "./chain.ts";
import { refresh } from "./channels.ts";
import { claim } from "./claims.ts";
import { attempt, type Payload, refuse, type Settled } from "./closing.ts";
import type { Context } from "./context.ts";
import type { ChannelRecord } from "./store.ts";

/**
 * Relays the payer's request to exit. Asked again once the exit delay is over, it ends the exit: what was acknowledged is
 * claimed first, the rest goes back to the payer.
 */
export function relayExit(context: Context, payload: Payload<"exit">): Promise<Settled> {
  const { channelId } = payload.exit;
  return attempt(async () => {
    const refusal = await unfit(context, payload);
    if (refusal) return refusal;
    await refresh(context, [channelId]);
    const record = await context.store.channel(channelId);
    if (record?.status === "exiting") {
      return { transaction: record.exitAt <= (await context.chain.now()) ? await endExit(context, record) : undefined };
    }
    if (record?.status !== "open") return refuse("channel_not_open");
    const transaction = await requestExit(context, payload);
    await refresh(context, [channelId]);
    return { transaction };
  });
}

/** What strangers may still cause: each call takes one, and says whether it was there. */
export interface ForeignLimits {
  mayRead(): boolean;
  maySend(): boolean;
}

/** The same for a channel with another payee, of which this server knows what the chain says and nothing more. */
export function relayForeignExit(context: Context, payload: Payload<"exit">, limits: ForeignLimits): Promise<Settled> {
  const { channel, exit } = payload;
  return attempt(async () => {
    const refusal = await unfit(context, payload);
    if (refusal) return refusal;
    if (!limits.mayRead()) return refuse("rate_limited");
    const [seen] = (await context.chain.states([exit.channelId])).channels;
    if (seen?.status === "open") return sendLimited(context, requestCall(payload), limits);
    if (seen?.status !== "exiting") return refuse("channel_not_open");
    if (seen.exitAt > (await context.chain.now())) return { transaction: undefined };
    return sendLimited(context, { functionName: "exit", args: [channel] }, limits);
  });
}

/** Only what the chain would take counts against the limit, so that junk cannot use it up. */
async function sendLimited({ chain }: Context, call: Call, { maySend }: ForeignLimits): Promise<Settled> {
  await chain.simulate(call);
  if (!maySend()) return refuse("rate_limited");
  return { transaction: (await chain.send(call)).hash };
}

/** Why this request cannot be relayed, whoever's it is. */
async function unfit({ chain, contract }: Context, payload: Payload<"exit">): Promise<Settled | undefined> {
  const { channel, exit, exitSignature } = payload;
  const typedData = requestExitTypedData(contract, exit);
  const bySigner = await verifySignature(typedData, exitSignature, channel.payerSigner);
  if (!bySigner && !(await verifySignature(typedData, exitSignature, channel.payer))) return refuse("bad_signature");
  return chain.relay ? undefined : refuse("relay_unavailable");
}

const requestCall = ({ channel, exit, exitSignature }: Payload<"exit">): Call => ({
  functionName: "requestExitWithSignature",
  args: [channel, exit.deadline, exitSignature],
});

async function requestExit({ chain }: Context, payload: Payload<"exit">): Promise<Hex> {
  return (await chain.send(requestCall(payload))).hash;
}

async function endExit(context: Context, { id, channel }: ChannelRecord): Promise<Hex> {
  await claim(context, (record) => record.id === id);
  const { hash } = await context.chain.send({ functionName: "exit", args: [channel] });
  await refresh(context, [id]);
  return hash;
}
