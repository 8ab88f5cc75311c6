import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: what a real browser makes of it. Needs Chromium. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '../../../..'),
  test: {
    include: ['packages/server/test/browser/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
