/** Asks for three words of the phrase, to be sure that it was written down. */
import { useState } from "react";
import { Button, TextField } from "../ui/index.ts";
import "./onboarding.css";

const ASKED = 3;

/** Distinct positions in a phrase of `length` words, in rising order. */
export function pickPositions(length: number, random: (below: number) => number): readonly number[] {
  const left = Array.from({ length }, (_, index) => index);
  const picked: number[] = [];
  while (picked.length < ASKED && left.length > 0) picked.push(...left.splice(random(left.length), 1));
  return picked.sort((a, b) => a - b);
}

function randomBelow(below: number): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value % below;
}

export function PhraseCheck(props: { phrase: string; onPassed(): void; onBack(): void }) {
  const words = props.phrase.split(" ");
  const [positions] = useState(() => pickPositions(words.length, randomBelow));
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const [tried, setTried] = useState(false);
  const right = (position: number) => typed[position]?.trim().toLowerCase() === words[position];
  const passed = positions.every(right);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (passed) props.onPassed();
        else setTried(true);
      }}
    >
      <p>Type these words from what you wrote down.</p>
      <div className="asked-words">
        {positions.map((position, index) => (
          <TextField
            key={position}
            label={`Word ${position + 1}`}
            value={typed[position] ?? ""}
            onChange={(text) => {
              setTried(false);
              setTyped({ ...typed, [position]: text });
            }}
            autoFocus={index === 0}
            autoComplete="off"
            spellCheck="false"
            fault={tried && !right(position) ? "Look at this one again." : undefined}
          />
        ))}
      </div>
      <div className="actions row">
        <Button onPress={props.onBack}>Show the words again</Button>
        <span className="grow" />
        <Button type="submit" look="primary">
          Check
        </Button>
      </div>
    </form>
  );
}
