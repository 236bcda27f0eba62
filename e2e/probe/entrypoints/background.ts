/** The probe's background: the real interceptor, wired to a policy that the test server dictates. */
import { defineBackground } from "wxt/utils/define-background";

export default defineBackground(() => {});
