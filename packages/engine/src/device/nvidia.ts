import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** Where images of NVIDIA's driver for containers put its Vulkan manifest, and no Vulkan loader looks by itself. */
const FOLDERS = ['usr/local/nvidia/share/vulkan/icd.d', 'usr/local/nvidia/vulkan/icd.d'];

/** What the manifest of NVIDIA's driver says; the loader asks the library itself for its version. */
const MANIFEST = {
  file_format_version: '1.0.0',
  ICD: { library_path: 'libGLX_nvidia.so.0', api_version: '1.3.0' },
};

/** Whether the kernel's part of NVIDIA's driver runs, which takes a card. @param root of the file system */
function hasNvidia(root = '/'): boolean {
  return (
    existsSync(join(root, 'dev', 'nvidiactl')) ||
    existsSync(join(root, 'proc', 'driver', 'nvidia', 'version'))
  );
}

/**
 * Manifests of NVIDIA's Vulkan driver that the loader must be told of: a container often has the driver's library and
 * no manifest where the loader looks.
 *
 * @param found names of the manifests that the loader finds by itself
 * @param opens tells whether a library is there, with all that it needs
 * @param root of the file system
 */
export function nvidiaManifests(
  found: readonly string[],
  opens: (library: string) => boolean,
  root = '/',
): string[] {
  if (!hasNvidia(root) || found.some((name) => /nvidia/i.test(name))) return [];
  for (const folder of FOLDERS.map((name) => join(root, name))) {
    const manifests = namesIn(folder).filter((name) => name.endsWith('.json'));
    if (manifests.length > 0) return manifests.map((name) => join(folder, name));
  }
  if (!opens(MANIFEST.ICD.library_path)) return [];
  const own = join(cacheFolder(), 'nvidia_icd.json');
  if (existsSync(own)) return [own];
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    writeFileSync(own, JSON.stringify(MANIFEST));
  } catch {
    return []; // A cache that cannot be written costs the GPU here, and is refused by name where software is unpacked.
  }
  return [own];
}

/**
 * What makes a GPU of NVIDIA's answer that is here and gave no adapter. Without the libraries of X11 and of EGL its
 * driver fails with "Could not get 'vkCreateInstance' via 'vk_icdGetInstanceProcAddr'", though nothing is drawn.
 *
 * @returns null where there is no such GPU
 */
export function nvidiaRemedy(root = '/'): string | null {
  if (!hasNvidia(root)) return null;
  return 'for the NVIDIA GPU that is here, install what its Vulkan driver needs (on Debian: libvulkan1 libegl1 libgl1 libx11-6 libxext6), and start a container with NVIDIA_DRIVER_CAPABILITIES=all';
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
