/** A background made of fixed answers, for the gallery and for component tests. It pays nothing and keeps nothing. */
import type { Background } from "#components/background/index.ts";
import { MESSAGES, type MessageName, type Reply, type Request, type Topic, UnansweredError } from "#messages";
import { answers } from "./fixtures.ts";

export type Answers = { [N in MessageName]?: Reply<N> | ((request: Request<N>) => Reply<N> | Promise<Reply<N>>) };

interface Schema {
  parse(input: unknown): unknown;
}

export interface FixtureBackground extends Background {
  /** Every message that was sent, oldest first. */
  readonly asked: { readonly name: MessageName; readonly request: unknown }[];
  /** Replaces answers from now on. */
  change(answers: Answers): void;
  announce(topic: Topic): void;
  /** False: stops answering and drops the connection; true: says hello again. */
  connect(alive: boolean): void;
}

/** Answers with the fixtures, or with `own` where given; every request and reply is held against the message table. */
export function fixtureBackground(own: Answers = {}, { silent = false } = {}): FixtureBackground {
  let current: Answers = { ...answers, ...own };
  let alive = !silent;
  const changed = new Set<(topic: Topic) => void>();
  const connected = new Set<(alive: boolean) => void>();
  const asked: { name: MessageName; request: unknown }[] = [];
  return {
    asked,
    async ask<N extends MessageName>(name: N, request: Request<N>): Promise<Reply<N>> {
      asked.push({ name, request });
      if (!alive) throw new UnansweredError(`${name} was not answered`);
      const table: { readonly request: Schema; readonly reply: Schema } = MESSAGES[name];
      table.request.parse(request);
      const answer: unknown = current[name];
      const reply: unknown = typeof answer === "function" ? await answer(request) : answer;
      return table.reply.parse(reply) as Reply<N>;
    },
    watchChanges(onChanged, onConnected) {
      changed.add(onChanged);
      connected.add(onConnected);
      onConnected(alive);
      return () => {
        changed.delete(onChanged);
        connected.delete(onConnected);
      };
    },
    change(next) {
      current = { ...current, ...next };
    },
    announce(topic) {
      for (const listener of changed) listener(topic);
    },
    connect(next) {
      alive = next;
      for (const listener of connected) listener(next);
    },
  };
}
