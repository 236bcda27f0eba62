/** A minimal honest payer for tests: opens a channel, keeps the totals of protocol section 3, signs with viem. */
import {
  type Channel,
  type ChannelContract,
  type CooperativeClose,
  channelId,
  cooperativeCloseTypedData,
  decodePaymentRequired,
  decodePaymentResponse,
  depositNonce,
  encodePaymentSignature,
  PAYMENT_REQUIRED,
  PAYMENT_RESPONSE,
  PAYMENT_SIGNATURE,
  type PaymentRequired,
  type PaymentResponse,
  type Receipt,
  type Refund,
  type RequestExit,
  receiptRef,
  receiptTicket,
  receiptTypedData,
  receiveAuthorizationTypedData,
  refundTypedData,
  requestExitTypedData,
  requirementSchema,
  type State,
  stateChannelExtraSchema,
  stateChannelResponseExtraSchema,
  stateTypedData,
  verifySignature,
  ZERO_BYTES32,
} from "@tollpass/protocol";
import { type Hex, toHex } from "viem";
import { generatePrivateKey, type LocalAccount, privateKeyToAccount } from "viem/accounts";

export interface Asked {
  readonly required: PaymentRequired;
  readonly accepted: Readonly<Record<string, unknown>>;
  readonly price: bigint;
}

export interface Bought {
  readonly answer: Response;
  readonly nonce: bigint;
  readonly header: string;
  readonly response: PaymentResponse | undefined;
  readonly receipt: Receipt | undefined;
}

/** The 402 of an answer, decoded. */
export function askedBy(answer: Response): Asked {
  const required = decodePaymentRequired(answer.headers.get(PAYMENT_REQUIRED) ?? "");
  const accepted = required.accepts[0] ?? {};
  return { required, accepted, price: requirementSchema.parse(accepted).amount };
}

let salts = 0n;

export class Payer {
  readonly session: LocalAccount;
  readonly account: LocalAccount;
  readonly contract: ChannelContract;
  channel: Channel | undefined;
  nonce = 0n;
  credited = 0n;
  highest = 0n;
  readonly priceOf = new Map<bigint, bigint>();
  readonly chargedFor = new Map<bigint, bigint>();
  readonly abandoned = new Set<bigint>();
  readonly tickets = new Map<bigint, Hex>();

  constructor(account: LocalAccount, contract: ChannelContract, sessionKey: Hex = generatePrivateKey()) {
    this.account = account;
    this.contract = contract;
    this.session = privateKeyToAccount(sessionKey);
  }

  async ask(url: string, init?: RequestInit): Promise<Asked> {
    return askedBy(await fetch(url, init));
  }

  /** Takes the terms of an offer for the channel that is about to be opened. */
  terms({ accepted }: Asked): Channel {
    const { payTo, asset, extra } = requirementSchema.parse(accepted);
    const { payeeSigner, exitDelay, challengePeriod } = stateChannelExtraSchema.parse(extra);
    salts += 1n;
    this.channel = {
      payer: this.account.address,
      payerSigner: this.session.address,
      payee: payTo,
      payeeSigner,
      token: asset,
      exitDelay,
      challengePeriod,
      salt: toHex(salts, { size: 32 }),
    };
    return this.channel;
  }

  get id(): Hex {
    if (!this.channel) throw new Error("no channel yet");
    return channelId(this.contract, this.channel);
  }

  get earned(): bigint {
    return [...this.chargedFor.values()].reduce((sum, charged) => sum + charged, 0n);
  }

  /** The next state: room for everything signed and not abandoned, everything received acknowledged. */
  next(price: bigint): State {
    const open = [...this.priceOf].filter(([nonce]) => !this.abandoned.has(nonce) || this.chargedFor.has(nonce));
    const needed = open.reduce((sum, [, value]) => sum + value, 0n) + price;
    if (needed > this.highest) this.highest = needed;
    this.nonce += 1n;
    this.priceOf.set(this.nonce, price);
    return {
      channelId: this.id,
      nonce: this.nonce,
      owed: this.highest - this.credited,
      earned: this.earned,
      credited: this.credited,
    };
  }

  signState(state: State, signer: LocalAccount = this.session): Promise<Hex> {
    return signer.signTypedData(stateTypedData(this.contract, state));
  }

  async deposit(asked: Asked, amount: bigint, salt: Hex = ZERO_BYTES32): Promise<Record<string, unknown>> {
    const channel = this.channel ?? this.terms(asked);
    const extra = stateChannelExtraSchema.parse(requirementSchema.parse(asked.accepted).extra);
    const validBefore = BigInt(Math.floor(Date.now() / 1_000) + 3_600);
    const signature = await this.account.signTypedData(
      receiveAuthorizationTypedData(
        { chainId: this.contract.chainId, address: channel.token, name: extra.name, version: extra.version },
        {
          from: channel.payer,
          to: this.contract.address,
          value: amount,
          validAfter: 0n,
          validBefore,
          nonce: depositNonce(this.id, salt),
        },
      ),
    );
    return { amount, validAfter: 0n, validBefore, salt, signature };
  }

  envelope(asked: Asked, payload: Record<string, unknown>): string {
    return encodePaymentSignature({
      x402Version: 2,
      resource: asked.required.resource,
      accepted: asked.accepted as Record<string, unknown>,
      payload,
    });
  }

  /** The PAYMENT-SIGNATURE header of the next payment for this offer. */
  async pay(asked: Asked, more: Record<string, unknown> = {}): Promise<{ header: string; nonce: bigint }> {
    const state = this.next(asked.price);
    const stateSignature = await this.signState(state);
    this.tickets.set(state.nonce, receiptTicket(stateSignature));
    const payload = {
      type: "deposit" in more ? "deposit" : "state",
      channel: this.channel,
      state,
      stateSignature,
      ...more,
    };
    return { header: this.envelope(asked, payload), nonce: state.nonce };
  }

  /** Asks for the receipt of one nonce, with its ticket or another one. */
  fetchReceipt(asked: Asked, nonce: bigint, ticket = this.tickets.get(nonce)): Promise<Response> {
    const headers = ticket === undefined ? {} : { Authorization: `Bearer ${ticket}` };
    return fetch(`${this.receipts(asked)}/${this.id}/${nonce}`, { headers });
  }

  async send(url: string, header: string, nonce: bigint, init: RequestInit = {}): Promise<Bought> {
    const answer = await fetch(url, { ...init, headers: { ...init.headers, [PAYMENT_SIGNATURE]: header } });
    const text = answer.headers.get(PAYMENT_RESPONSE);
    const response = text === null ? undefined : decodePaymentResponse(text);
    const extra = response && stateChannelResponseExtraSchema.parse(response.extra);
    if (extra?.receipt) await this.take(nonce, extra.receipt, extra.receiptSignature ?? "0x");
    return { answer, nonce, header, response, receipt: extra?.receipt };
  }

  /** Opens the channel with `amount` and buys with the first state. */
  async open(url: string, amount: bigint, init?: RequestInit): Promise<Bought> {
    const asked = await this.ask(url, init);
    this.terms(asked);
    const { header, nonce } = await this.pay(asked, { deposit: await this.deposit(asked, amount) });
    return this.send(url, header, nonce, init);
  }

  async buy(url: string, init?: RequestInit): Promise<Bought> {
    const asked = await this.ask(url, init);
    const { header, nonce } = await this.pay(asked);
    return this.send(url, header, nonce, init);
  }

  /** Verifies a receipt as a wallet does and takes it into the totals. Throws on one that is not good. */
  async take(nonce: bigint, receipt: Receipt, signature: Hex): Promise<void> {
    const { channel } = this;
    if (!channel) throw new Error("no channel yet");
    const signed = await verifySignature(receiptTypedData(this.contract, receipt), signature, channel.payeeSigner);
    const price = this.priceOf.get(nonce) ?? 0n;
    if (!signed || receipt.nonce !== nonce || receipt.channelId !== this.id || receipt.charged > price) {
      throw new Error("a receipt that is not good");
    }
    this.chargedFor.set(nonce, receipt.charged);
    if (receipt.credited > this.credited) this.credited = receipt.credited;
  }

  receipts(asked: Asked): string {
    return stateChannelExtraSchema.parse(requirementSchema.parse(asked.accepted).extra).receipts;
  }

  async post(asked: Asked, payload: Record<string, unknown>): Promise<Response> {
    return fetch(`${this.receipts(asked)}/${this.id}`, {
      method: "POST",
      headers: { [PAYMENT_SIGNATURE]: this.envelope(asked, { channel: this.channel, ...payload }) },
    });
  }

  async ack(asked: Asked): Promise<Response> {
    const state = this.next(0n);
    return this.post(asked, { type: "ack", state, stateSignature: await this.signState(state) });
  }

  async refund(asked: Asked, refund: Refund): Promise<Response> {
    const signature = await this.session.signTypedData(refundTypedData(this.contract, refund));
    return this.post(asked, { type: "refund", refund, signature });
  }

  async close(asked: Asked, close: CooperativeClose): Promise<Response> {
    const closeSignature = await this.session.signTypedData(cooperativeCloseTypedData(this.contract, close));
    return this.post(asked, { type: "close", close, closeSignature });
  }

  async exit(asked: Asked, exit: RequestExit): Promise<Response> {
    const exitSignature = await this.session.signTypedData(requestExitTypedData(this.contract, exit));
    return this.post(asked, { type: "exit", exit, exitSignature });
  }
}

export { receiptRef };
