/** The primitives of all screens, over react-aria-components. */
import "./tokens.css";
import "./base.css";
import "./controls.css";
import "./surfaces.css";

export { Button, type ButtonProps } from "./Button.tsx";
export { type Choice, Choices, Choose, type Option, Switch } from "./choice.tsx";
export { Box, Confirm } from "./dialogs.tsx";
export { MoneyField, PasswordField, TextField } from "./fields.tsx";
export { Icon, type IconName, Mark } from "./Icon.tsx";
export { ProblemNote } from "./ProblemNote.tsx";
export { Bar, Copyable, Details, Empty, Notice, type Tone, Waiting } from "./show.tsx";
