// The door for browsers; see index.ts for the other.
export * from './core.ts';
export { openDevice } from './device/open-browser-device.ts';
