import { fileURLToPath } from 'node:url';
import sparticuz from '@sparticuz/chromium';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const engine = (file: string): string =>
  fileURLToPath(new URL(`packages/engine/src/${file}`, import.meta.url));

// The engine's own GPU tests once more, in headless Chromium: only the door that opens the device differs. A file of
// its own, so that other tests start without unpacking Chromium.
export default defineConfig({
  resolve: {
    alias: [
      { find: /^(\.\.\/)+index\.ts$/, replacement: engine('browser.ts') },
      { find: /^(\.\.?\/)+device\/open-device\.ts$/, replacement: engine('device/open-browser-device.ts') },
      { find: './open-unchecked.ts', replacement: engine('testing/open-unchecked.browser.ts') },
    ],
  },
  test: {
    name: 'browser',
    include: ['packages/engine/src/{ops,program,tensor}/**/*.gpu.test.ts'],
    // Folded grids, blocks of rows, dispatches cut by time, every tile of products and sizes by chance take most of the
    // time and say nothing about a browser.
    exclude: ['**/{blocks,long-dispatches}.gpu.test.ts'],
    testNamePattern: /^(?!.*(fold(s|ed)? past|every configuration of every family|drawn from seed))/,
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: await sparticuz.executablePath(),
          args: [
            ...sparticuz.args.filter((argument) => argument !== '--single-process'),
            '--enable-unsafe-webgpu',
            '--use-webgpu-adapter=swiftshader',
            // As the door for Node has it: zeroing workgroup memory would take SwiftShader most of the time.
            '--enable-dawn-features=disable_workgroup_init',
          ],
        },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
