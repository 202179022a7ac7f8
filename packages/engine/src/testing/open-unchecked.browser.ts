import type { Gpu } from '../device/gpu.ts';

/** What `openUnchecked` is in a browser, which checks bounds for whatever page. */
export { openDevice as openUnchecked } from '../device/open-browser-device.ts';

/** And so is that. */
export async function openChecked(unchecked: Gpu): Promise<Gpu> {
  return unchecked;
}
