#!/usr/bin/env node
// The command of the package. Its sources are TypeScript, which Node reads from version 24 on without a build.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `monosema: expected Node 24 or newer, got ${process.version}; run it through npx in the repository, or install Node 24\n`,
  );
  process.exit(2);
}
const { main } = await import('../src/cli/main.ts');
const { processEffects } = await import('../src/cli/effects.ts');
process.exitCode = await main(process.argv.slice(2), processEffects());
