/** Stays on the dashboard until the recovery phrase was written down. */
import { Button, Notice } from "../ui/index.ts";
import { usePhraseNote } from "./phraseNote.ts";

export function PhraseReminder({ onOpen }: { onOpen: () => void }) {
  const [unchecked] = usePhraseNote();
  if (!unchecked) return null;
  return (
    <Notice tone="warning" title="Your recovery phrase is not written down">
      <p>If this computer is lost, so is the money in the wallet.</p>
      <p>
        <Button small onPress={onOpen}>
          Do it now
        </Button>
      </p>
    </Notice>
  );
}
