'use strict';
// After `npm ci`: compiles what `npm start` loads, so that the first start takes as long as the others. An installation without it is
// whole, too: it starts a second later, once.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const launcher = path.join(__dirname, 'launch.cjs');
const loader = path.join(__dirname, 'load-server.ts');
spawnSync(process.execPath, [launcher, '--max-semi-space-size=4', loader], { stdio: 'ignore', timeout: 60_000 });
