import { readdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { unpackSwiftShader } from './swiftshader.ts';

/**
 * True when asking the system for an adapter makes sense. On Linux that takes a Vulkan driver manifest; without
 * one Dawn would only print warnings of its own. Other systems bring their graphics interface with them.
 */
export function driversInstalled(): boolean {
  if (process.platform !== 'linux') return true;
  if (process.env['VK_DRIVER_FILES'] !== undefined || process.env['VK_ICD_FILENAMES'] !== undefined)
    return true;
  const dataFolders = (process.env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(delimiter);
  const home = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return [home, '/etc', ...dataFolders].some((folder) => {
    try {
      return readdirSync(join(folder, 'vulkan', 'icd.d')).some((name) => name.endsWith('.json'));
    } catch {
      return false;
    }
  });
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
