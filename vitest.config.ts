import { defineConfig } from 'vitest/config';

// Projects, cheapest first; learning is of trainings that are judged by what they have learned, minutes long in all, for
// which one adapter is enough. Two files of GPU tests run at once: while one computes in float64, or its driver
// compiles, which takes one core, the other has the device.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'cpu',
          // A busy machine is no failure: some tests train tokenizers for seconds.
          testTimeout: 60_000,
          include: ['packages/*/src/**/*.test.ts', 'test/*.test.ts'],
          exclude: ['**/*.{gpu,learning,site}.test.ts', '**/node_modules/**'],
        },
      },
      ...(
        [
          ['gpu', ['packages/*/src/**/*.gpu.test.ts', 'test/*.gpu.test.ts']],
          ['learning', ['packages/*/src/**/*.learning.test.ts']],
        ] as const
      ).map(([name, include]) => ({
        test: {
          name,
          include: [...include],
          pool: 'forks' as const,
          // Out-of-bounds accesses must not hide behind speed: see the toggles in the engine's device.
          env: { MONOSEMA_ROBUST: '1' },
          maxWorkers: 2,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      })),
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
