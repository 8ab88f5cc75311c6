import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/{integration,support,architecture,conformance,performance,linearizability,crash,faults,scale}/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/fixtures/**'],
    globalSetup: ['packages/server/test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Beyond this a test hangs; a machine that others keep busy is only slow. One that needs longer says so itself.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
