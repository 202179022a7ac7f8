import { openPlayground } from '@monosema/trainer/browser';

declare global {
  // oxlint-disable-next-line no-var
  var monosemaOpen: typeof openPlayground | undefined;
}

globalThis.monosemaOpen = openPlayground;
