/** The native getter of a property, to be taken before the page can replace it, and called with Reflect.apply. */
export function nativeGetter(prototype: object, name: string): () => never {
  const found = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (!found) throw new TypeError(`${name} has no getter`);
  return found as () => never;
}
