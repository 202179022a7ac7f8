import { expect, test } from 'vitest';
import { describeAdapter } from './device.ts';

test('hardware is named, and software is called what it is, with a way to something faster', () => {
  expect(describeAdapter({ name: 'a card', software: false }, false, null)).toBe('adapter: a card');
  expect(describeAdapter({ name: 'SwiftShader', software: true }, false, null)).toBe(
    'adapter: SwiftShader, computing on the CPU, as no GPU was found (lavapipe, in Debian the package mesa-vulkan-drivers, is several times faster, a GPU far more)',
  );
  expect(describeAdapter({ name: 'lavapipe', software: true }, false, null)).toBe(
    'adapter: lavapipe, computing on the CPU, as no GPU was found (a GPU with its driver is far faster)',
  );
});

test('who asked for software is not told that there is no GPU', () => {
  expect(describeAdapter({ name: 'lavapipe', software: true }, true, 'install it')).toBe(
    'adapter: lavapipe, computing on the CPU',
  );
});

test('where a GPU is that no driver answers for, it is said what to install', () => {
  expect(describeAdapter({ name: 'SwiftShader', software: true }, false, 'for the card, install this')).toBe(
    'adapter: SwiftShader, computing on the CPU; for the card, install this',
  );
});
