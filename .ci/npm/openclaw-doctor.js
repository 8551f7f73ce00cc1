#!/usr/bin/env node
// Starts the program that npm installed for this machine: the one for Node's own libc, which resolves names as
// OpenClaw does.
'use strict';
const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const glibc = process.report.getReport().header.glibcVersionRuntime;
const libcs = glibc ? ['glibc', 'musl'] : ['musl'];
const packages = libcs.map((libc) => `openclaw-doctor-linux-${process.arch}-${libc}`);
let program;
for (const name of packages) {
  try {
    program ??= require.resolve(`${name}/bin/openclaw-doctor`);
  } catch {
    // Another one, or none.
  }
}
if (!program) {
  console.error(`openclaw-doctor: none of ${packages.join(', ')} is installed; it may not be made for this machine, or ` +
    'npm was run with --omit=optional');
  process.exit(2);
}
const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
// The program writes what it knows before it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`openclaw-doctor: ${program} cannot be started: ${error.message}`);
  process.exit(2);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
