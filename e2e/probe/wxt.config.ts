/** The probe has the permissions of Tollpass and none of its screens or money. */
import { defineConfig } from "wxt";
import tollpass from "../../wxt.config.ts";

export default defineConfig({ ...tollpass, modules: [] });
