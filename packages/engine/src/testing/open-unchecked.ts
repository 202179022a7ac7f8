import type { Gpu } from '../device/gpu.ts';
import { openDevice } from '../device/open-device.ts';

/**
 * Opens the device as users get it, without bounds checks where the engine leaves them out. Tests that guard their
 * buffers want this: a clamped access would hide what the guards are there to show.
 */
export async function openUnchecked(): Promise<Gpu> {
  const robust = process.env['MONOSEMA_ROBUST'];
  delete process.env['MONOSEMA_ROBUST'];
  try {
    return await openDevice();
  } finally {
    if (robust !== undefined) process.env['MONOSEMA_ROBUST'] = robust;
  }
}
