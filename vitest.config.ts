import { defineConfig } from 'vitest/config';

// Three projects, cheapest first. GPU tests share one worker: two devices at once on two cores only wait for each other.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'cpu',
          // A busy machine is no failure: some tests train tokenizers for seconds.
          testTimeout: 60_000,
          include: ['packages/*/src/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['**/*.gpu.test.ts', '**/*.site.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'gpu',
          include: ['packages/*/src/**/*.gpu.test.ts', 'test/*.gpu.test.ts'],
          pool: 'forks',
          // Out-of-bounds accesses must not hide behind speed: see the toggles in the engine's device.
          env: { MONOSEMA_ROBUST: '1' },
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'site',
          include: ['packages/*/src/**/*.site.test.ts', 'test/*.site.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
