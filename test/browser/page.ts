// What the page of browser.site.test.ts runs.
import { openDevice } from '@monosema/engine/browser';
import { trainDictionary } from './train-dictionary.ts';

/** Trains the dictionary of the test in this browser. */
async function trainHere() {
  const gpu = await openDevice();
  try {
    const { name, driver, adapterClass, software, demotion } = gpu;
    return { adapter: { name, driver, adapterClass, software, demotion }, ...(await trainDictionary(gpu)) };
  } finally {
    gpu.close();
  }
}

export type Trained = Awaited<ReturnType<typeof trainHere>>;

Object.assign(globalThis, { trainHere });
