/** The door for pages: what a browser computes with a study's model and one of its dictionaries. */
export {
  openPlayground,
  type Active,
  type Continuation,
  type Likely,
  type Playground,
  type PlaygroundFiles,
} from './playground/playground.ts';
export type { ComputerAdapter } from './playground/computer.ts';
export type { WeightBytes } from './playground/read-weights.ts';
