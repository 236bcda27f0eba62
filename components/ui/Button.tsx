/** The button of every screen. */
import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";

export interface ButtonProps extends Omit<AriaButtonProps, "className" | "children"> {
  readonly look?: "plain" | "primary" | "danger" | "quiet";
  readonly small?: boolean;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** While `isPending` it keeps its width and focus, says so to assistive technology, and cannot be pressed again. */
export function Button({ look = "plain", small = false, wide = false, children, ...rest }: ButtonProps) {
  const classes = ["button", look, small && "small-button", wide && "wide"].filter(Boolean).join(" ");
  return (
    <AriaButton {...rest} className={classes}>
      {rest.isPending ? <span className="spinner" aria-hidden="true" /> : null}
      {children}
    </AriaButton>
  );
}
