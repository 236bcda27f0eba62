/** A field for a new password with a hint how good it is. */
import { PasswordField } from "../ui/index.ts";
import { strengthOf } from "./strength.ts";
import "./onboarding.css";

export { MIN_PASSWORD } from "./strength.ts";

export function NewPassword(props: {
  label: string;
  value: string;
  onChange(value: string): void;
  autoFocus?: boolean;
  fault?: string | undefined;
}) {
  const { share, word } = strengthOf(props.value);
  return (
    <div className="stack tight">
      <PasswordField
        {...props}
        purpose="new-password"
        note="At least 8 characters. It locks the wallet on this computer."
      />
      <div className="strength" aria-hidden="true">
        <div style={{ width: `${share * 100}%` }} />
      </div>
      <p className="small soft" role="status">
        {props.value === "" ? " " : word}
      </p>
    </div>
  );
}
