import { loadScript } from './load-script.ts';

declare global {
  // oxlint-disable-next-line no-var
  var monosemaPart: ((value: unknown) => void) | undefined;
}

/** Lets a value go that was handed over and is kept elsewhere. */
export function dropPart(address: string): void {
  asked.delete(address);
}

const asked = new Map<string, Promise<unknown>>();
const arrived = new Map<string, unknown>();

/** The value that a data file of the site hands over. It is a script: fetch is forbidden to a page opened from a folder. */
export function loadPart<T>(address: string): Promise<T> {
  const known = asked.get(address);
  if (known) return known as Promise<T>;
  globalThis.monosemaPart ??= (value) => {
    // Files arrive in any order; the running script says which one this is.
    arrived.set((document.currentScript as HTMLScriptElement).src, value);
  };
  const loading = loadScript(address).then(
    () => {
      const { href } = new URL(address, document.baseURI);
      const value = arrived.get(href) as T;
      arrived.delete(href);
      return value;
    },
    (error: unknown) => {
      asked.delete(address);
      throw error;
    },
  );
  asked.set(address, loading);
  return loading;
}
