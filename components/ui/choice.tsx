/** Choosing: switches, radio groups and drop-down lists. */
import { Fragment, type KeyboardEvent, type ReactNode } from "react";
import {
  Switch as AriaSwitch,
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup,
  Select,
  SelectValue,
  type SwitchProps,
} from "react-aria-components";
import { Icon } from "./Icon.tsx";

export function Switch({ children, ...rest }: Omit<SwitchProps, "className" | "children"> & { children: ReactNode }) {
  return (
    <AriaSwitch {...rest} className="switch">
      <span className="switch-track" aria-hidden="true" />
      <span>{children}</span>
    </AriaSwitch>
  );
}

export interface Option<K extends string> {
  readonly id: K;
  readonly name: string;
}

/** A closed list of options. With `bare` the label is only read out, not shown. */
export function Choose<K extends string>(props: {
  label: string;
  bare?: boolean;
  options: readonly Option<K>[];
  value: K;
  onChange(value: K): void;
  isDisabled?: boolean;
}) {
  const { label, bare = false, options, value, onChange, isDisabled = false } = props;
  return (
    <Select
      className="field"
      {...(bare ? { "aria-label": label } : {})}
      value={value}
      isDisabled={isDisabled}
      onChange={(key) => {
        const found = options.find((option) => option.id === key);
        if (found) onChange(found.id);
      }}
    >
      {bare ? null : <Label className="label">{label}</Label>}
      <Button className="button select-button">
        <SelectValue />
        <span className="down">
          <Icon name="chevron" />
        </span>
      </Button>
      <Popover className="popover">
        <ListBox items={options}>
          {(option) => (
            <ListBoxItem className="popover-item" id={option.id} textValue={option.name}>
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

export interface Choice<K extends string> {
  readonly id: K;
  readonly content: ReactNode;
  /** Stands under the choice while it is the chosen one. */
  readonly below?: ReactNode;
}

/** A radio group moves with the arrow keys; in a field below a choice they belong to the text. */
function keepArrows(event: KeyboardEvent) {
  if (event.key.startsWith("Arrow")) event.stopPropagation();
}

export function Choices<K extends string>(props: {
  label: string;
  choices: readonly Choice<K>[];
  value: K;
  onChange(value: K): void;
}) {
  const { label, choices, value, onChange } = props;
  return (
    <RadioGroup
      className="choices"
      aria-label={label}
      value={value}
      onChange={(picked) => {
        const found = choices.find((choice) => choice.id === picked);
        if (found) onChange(found.id);
      }}
    >
      {choices.map((choice) => (
        <Fragment key={choice.id}>
          <Radio value={choice.id} className="choice">
            <span className="dot" aria-hidden="true" />
            <span className="grow">{choice.content}</span>
          </Radio>
          {choice.below && choice.id === value ? (
            // biome-ignore lint/a11y/noStaticElementInteractions: it only keeps keys from going further
            <div className="below-choice" onKeyDown={keepArrows}>
              {choice.below}
            </div>
          ) : null}
        </Fragment>
      ))}
    </RadioGroup>
  );
}
