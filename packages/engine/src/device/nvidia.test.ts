import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nvidiaManifests, nvidiaRemedy } from './nvidia.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'monosema-nvidia-'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

function put(name: string): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '{}');
  return path;
}

const there = (): boolean => true;
const absent = (): boolean => false;

test('without a card of NVIDIA nothing is looked for, and nothing advised', () => {
  put('usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json');
  expect(nvidiaManifests([], there, root)).toEqual([]);
  expect(nvidiaRemedy(root)).toBeNull();
});

test.each(['usr/local/nvidia/share/vulkan/icd.d', 'usr/local/nvidia/vulkan/icd.d'])(
  'a container whose manifest lies in %s has it found',
  (folder) => {
    put('dev/nvidiactl');
    const manifest = put(`${folder}/nvidia_icd.json`);
    expect(nvidiaManifests(['lvp_icd.x86_64.json'], absent, root)).toEqual([manifest]);
    // The loader's own finds come first: a driver listed twice is two adapters.
    expect(nvidiaManifests(['nvidia_icd.json'], absent, root)).toEqual([]);
  },
);

test("a container that has the driver's library alone gets a manifest, and one without it gets none", () => {
  put('proc/driver/nvidia/version');
  expect(nvidiaManifests([], absent, root)).toEqual([]);
  const opened: string[] = [];
  const opens = (library: string): boolean => opened.push(library) === 1;
  const [manifest] = nvidiaManifests([], opens, root);
  expect(opened).toEqual(['libGLX_nvidia.so.0']);
  expect(JSON.parse(readFileSync(manifest!, 'utf8'))).toMatchObject({
    ICD: { library_path: 'libGLX_nvidia.so.0' },
  });
});

test('a card whose driver does not answer comes with the packages that it needs', () => {
  put('dev/nvidiactl');
  expect(nvidiaRemedy(root)).toContain('libvulkan1 libegl1 libgl1 libx11-6 libxext6');
});
