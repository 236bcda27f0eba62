/** Text fields: plain, password with a look-through, and money. */
import { type ReactNode, useState } from "react";
import {
  TextField as AriaTextField,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  type TextFieldProps,
} from "react-aria-components";
import { Button } from "./Button.tsx";
import { Icon } from "./Icon.tsx";

interface Common extends Omit<TextFieldProps, "className" | "children"> {
  readonly label: string;
  readonly note?: ReactNode;
  /** What is wrong with it, in words; also marks the field as invalid. */
  readonly fault?: string | undefined;
}

function Around({ label, note, fault, kind, children, ...rest }: Common & { kind?: string; children: ReactNode }) {
  // "aria": a field that was wrong must not keep its form from being sent again, as the browser's own check would.
  return (
    <AriaTextField
      {...rest}
      validationBehavior="aria"
      isInvalid={fault !== undefined}
      className={kind ? `field ${kind}` : "field"}
    >
      <Label className="label">{label}</Label>
      {children}
      {note ? (
        <Text slot="description" className="note">
          {note}
        </Text>
      ) : null}
      <FieldError className="fault">{fault}</FieldError>
    </AriaTextField>
  );
}

export function TextField(props: Common & { lines?: number }) {
  const { lines, ...rest } = props;
  return (
    <Around {...rest}>
      <div className="box">{lines ? <TextArea rows={lines} /> : <Input />}</div>
    </Around>
  );
}

/** `purpose` tells password keepers whether it is a new one. */
export function PasswordField({ purpose = "current-password", ...rest }: Common & { purpose?: string }) {
  const [seen, setSeen] = useState(false);
  return (
    <Around {...rest} type={seen ? "text" : "password"} autoComplete={purpose}>
      <div className="box">
        <Input />
        <Button
          look="quiet"
          small
          slot={null}
          aria-label={seen ? "Hide the password" : "Show the password"}
          onPress={() => setSeen(!seen)}
        >
          <Icon name={seen ? "eyeOff" : "eye"} />
        </Button>
      </div>
    </Around>
  );
}

/** An amount as a person types it; `unit` is the token's symbol where it is no dollar. */
export function MoneyField({ unit, ...rest }: Common & { unit?: string | undefined }) {
  return (
    <Around {...rest} kind="money-field" inputMode="decimal" autoComplete="off">
      <div className="box">
        <span className="prefix" aria-hidden="true">
          {unit ?? "$"}
        </span>
        <Input />
      </div>
    </Around>
  );
}
