#!/usr/bin/env node
// The command of the package: from its sources, which Node 24 reads as they are, or from what was built of them for npm.
import { existsSync } from 'node:fs';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `monosema: expected Node 24 or newer, got ${process.version}; install Node 24, or run it through npx in the repository, which brings one along on Linux\n`,
  );
  process.exit(2);
}
const [folder, extension] = existsSync(new URL('../src', import.meta.url)) ? ['src', 'ts'] : ['lib', 'js'];
const { main } = await import(`../${folder}/cli/main.${extension}`);
const { processEffects } = await import(`../${folder}/cli/effects.${extension}`);
process.exitCode = await main(process.argv.slice(2), processEffects());
