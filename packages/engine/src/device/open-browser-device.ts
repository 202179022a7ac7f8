import { AdapterError, KernelError } from '../errors.ts';
import type { Gpu } from './gpu.ts';
import { openAdapter } from './open-adapter.ts';

/**
 * Opens a compute device through the browser.
 *
 * The browser chooses the adapter; it is asked for the fastest. `gpu.software` tells whether that computes on the CPU.
 *
 * @throws {AdapterError} if the browser has no WebGPU, or no adapter
 */
export async function openDevice(): Promise<Gpu> {
  if ((globalThis as { isSecureContext?: boolean }).isSecureContext === false)
    throw new AdapterError(
      'openDevice: expected a page with WebGPU, got one over plain http; serve it over https or from localhost',
    );
  // Absent in browsers without WebGPU, whatever its type says.
  const webgpu = navigator.gpu as GPU | undefined;
  const adapter = (await webgpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
  if (adapter === null)
    throw new AdapterError(
      webgpu === undefined
        ? 'openDevice: expected a browser with WebGPU, got one without; update it, or turn WebGPU on in its settings'
        : 'openDevice: expected an adapter from the browser, got none; turn on hardware acceleration in its settings, or update the graphics driver',
    );
  return openAdapter(adapter, { readText, wait: (promise) => promise });
}

/** Bundlers emit small files as data URLs, which a page's content security policy may not let it fetch. */
async function readText(url: URL): Promise<string> {
  if (url.protocol === 'data:') return textOfDataUrl(url.href);
  const response = await fetch(url);
  if (!response.ok)
    throw new KernelError(
      `openDevice: expected the kernel ${url.href}, got ${response.status}; serve the .wgsl files that the bundler emits`,
    );
  return response.text();
}

/** The text of `data:[type][;base64],data`. */
export function textOfDataUrl(url: string): string {
  const comma = url.indexOf(',');
  const data = decodeURIComponent(url.slice(comma + 1));
  if (!url.slice(0, comma).endsWith(';base64')) return data;
  const bytes = Uint8Array.from(atob(data), (character) => character.codePointAt(0)!);
  return new TextDecoder().decode(bytes);
}
