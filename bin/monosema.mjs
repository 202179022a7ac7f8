#!/usr/bin/env node
// `npx monosema` in a clone: installs what is missing, then runs the trainer's command with a Node that can.
import { join } from 'node:path';
import { install, ROOT } from '../scripts/install.mjs';
import { runChild } from '../scripts/run-child.mjs';

const node = await install();
const command = join(ROOT, 'packages', 'trainer', 'bin', 'monosema.mjs');
const { code } = await runChild(node, [command, ...process.argv.slice(2)], {
  cwd: process.cwd(),
  stdio: 'inherit',
});
process.exitCode = code;
