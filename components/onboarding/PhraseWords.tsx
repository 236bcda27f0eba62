/** The recovery phrase, numbered, hidden until asked for. */
import { useState } from "react";
import { Button, Copyable, Icon } from "../ui/index.ts";
import "./onboarding.css";

export function PhraseWords({ phrase }: { phrase: string }) {
  const [seen, setSeen] = useState(false);
  const words = phrase.split(" ");
  if (!seen) {
    return (
      <div className="phrase-cover">
        <p className="soft">{words.length} words. Look around first: whoever sees them can take your money.</p>
        <Button onPress={() => setSeen(true)} autoFocus>
          <Icon name="eye" />
          Reveal the words
        </Button>
      </div>
    );
  }
  return (
    <>
      <ol className="phrase" translate="no">
        {words.map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a phrase may repeat a word, and its order is its meaning
          <li key={index}>
            <span className="soft small" aria-hidden="true">
              {index + 1}
            </span>
            {word}
          </li>
        ))}
      </ol>
      <Copyable name="the phrase" value={phrase}>
        <span className="soft small">Paper is safest. If you copy it, clear the clipboard afterwards.</span>
      </Copyable>
    </>
  );
}
