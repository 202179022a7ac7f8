import type { Gpu } from '../device/gpu.ts';
import { openDevice } from '../device/open-device.ts';

/**
 * Opens the device as users get it, without bounds checks where the engine leaves them out. Tests that guard their
 * buffers want this: a clamped access would hide what the guards are there to show.
 */
export async function openUnchecked(): Promise<Gpu> {
  return withRobustness(undefined);
}

/** A device whose every access is checked, beside one of openUnchecked; the same where the engine leaves none out. */
export async function openChecked(unchecked: Gpu): Promise<Gpu> {
  return unchecked.adapterClass === 'cpu-narrow' ? withRobustness('1') : unchecked;
}

async function withRobustness(value: string | undefined): Promise<Gpu> {
  const before = process.env['MONOSEMA_ROBUST'];
  const set = (to: string | undefined): void => {
    if (to === undefined) delete process.env['MONOSEMA_ROBUST'];
    else process.env['MONOSEMA_ROBUST'] = to;
  };
  set(value);
  try {
    return await openDevice();
  } finally {
    set(before);
  }
}
