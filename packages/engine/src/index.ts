// The door for Node; see browser.ts for the other.
export * from './core.ts';
export { nvidiaRemedy } from './device/nvidia.ts';
export {
  ADAPTER_CHOICES,
  openDevice,
  type AdapterChoice,
  type OpenDeviceOptions,
} from './device/open-device.ts';
export { adapterPeak, readPeak } from './profile/peak-file.ts';
export { TraceFile } from './profile/trace-file.ts';
export {
  describeChoice,
  openTuning,
  TUNE_MODES,
  tuneFile,
  type OpenTuningOptions,
  type TuneMode,
} from './tune/tune-file.ts';
