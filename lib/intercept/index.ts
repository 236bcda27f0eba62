/** Seeing a 402 and replaying the request, and staying awake meanwhile: what the other rooms may use. */
import { chromiumInterceptor } from "./chromium.ts";
import { firefoxInterceptor } from "./firefox.ts";
import type { Interceptor } from "./interceptor.ts";

export type { Intercepted, InterceptHandlers, Interceptor, Replayed, ResourceType, Verdict } from "./interceptor.ts";
export { keptAlive } from "./keepAlive.ts";

/** The interceptor of the browser that this build is for; the other one is not in the bundle. */
export function createInterceptor(): Interceptor {
  return import.meta.env.FIREFOX ? firefoxInterceptor() : chromiumInterceptor();
}
