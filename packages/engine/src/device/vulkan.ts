import { readdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { nvidiaManifests } from './nvidia.ts';
import { unpackSwiftShader } from './swiftshader.ts';

/**
 * True when asking the system for an adapter makes sense. On Linux that takes a Vulkan driver manifest; without
 * one Dawn would only print warnings of its own. Other systems bring their graphics interface with them.
 */
export function driversInstalled(): boolean {
  if (process.platform !== 'linux') return true;
  if (namedDrivers()) return true;
  if (process.env['VK_ADD_DRIVER_FILES'] !== undefined) return true;
  return systemManifests().length > 0 || strayManifests().length > 0;
}

/**
 * Driver manifests that the loader does not find by itself, on Linux.
 *
 * @returns none where the user has named the drivers: then these are all that there are
 */
export function strayManifests(): string[] {
  if (process.platform !== 'linux' || namedDrivers()) return [];
  return nvidiaManifests(systemManifests(), openLibrary);
}

/** Whether the user has said which drivers there are. */
function namedDrivers(): boolean {
  return process.env['VK_DRIVER_FILES'] !== undefined || process.env['VK_ICD_FILENAMES'] !== undefined;
}

/** Names of the manifests in the folders that the Vulkan loader searches. */
function systemManifests(): string[] {
  const { env } = process;
  const folders = [
    env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'),
    ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(delimiter),
    '/etc',
    env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'),
    ...(env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(delimiter),
  ];
  return folders.flatMap((folder) => {
    try {
      return readdirSync(join(folder, 'vulkan', 'icd.d')).filter((name) => name.endsWith('.json'));
    } catch {
      return [];
    }
  });
}

/** Does something while the Vulkan loader, which reads its variables as Dawn enumerates adapters, sees another one. */
export async function withVariable<T>(
  name: string,
  value: string | undefined,
  action: () => Promise<T>,
): Promise<T> {
  if (value === undefined) return action();
  const before = process.env[name];
  process.env[name] = value;
  try {
    return await action();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

/**
 * Makes sure that a Vulkan loader is in the process before Dawn looks for one: the system's, else the bundled one.
 * Dawn opens the loader by its soname, so one that is already mapped is the one it gets, and no user has to set
 * LD_LIBRARY_PATH.
 */
export function loadVulkan(): void {
  if (openLibrary('libvulkan.so.1')) return;
  const swiftShader = unpackSwiftShader();
  if (swiftShader !== null) openLibrary(swiftShader.loader);
}

function openLibrary(path: string): boolean {
  const keepLoaded = 0x1000; // RTLD_NODELETE, else Node unloads again what is no addon
  try {
    process.dlopen({ exports: {} } as NodeModule, path, constants.dlopen.RTLD_NOW | keepLoaded);
    return true;
  } catch (error) {
    // A loader is no Node addon: that it "did not self-register" means that it was found and is mapped now.
    return (error as Error).message.includes('self-register');
  }
}
