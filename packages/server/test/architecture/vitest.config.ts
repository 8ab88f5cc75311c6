import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The architecture tests alone, for `npm run check`: they need no database. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, '../../../..'),
  test: { include: ['packages/server/test/architecture/*.test.ts'], testTimeout: 30_000 },
});
