#!/usr/bin/env node
'use strict';
// Starts the docker credential helper under Node 24. In the checkout the sources run by type stripping; a published package is built.
const { existsSync } = require('node:fs');
const path = require('node:path');

const launcher = path.join(__dirname, '../../../tools/launch.cjs');
const source = path.join(__dirname, '../src/credential-helper/main.ts');

if (existsSync(launcher) && existsSync(source)) {
  require(launcher).launch([source, ...process.argv.slice(2)]);
} else {
  import('../dist/credential-helper/main.js').catch((error) => {
    console.error(`docker-credential-roadstead could not start: ${error.message}`);
    process.exit(1);
  });
}
