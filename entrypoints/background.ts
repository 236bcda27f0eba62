/** The background: the only context that may touch keys and money. */
import { defineBackground } from "wxt/utils/define-background";

export default defineBackground(() => {});
