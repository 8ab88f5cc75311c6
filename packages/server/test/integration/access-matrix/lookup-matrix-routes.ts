import type { MatrixRoute } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';

/** What is looked up across projects: each asker gets what they may see. */
export const LOOKUP_MATRIX_ROUTES: readonly MatrixRoute[] = [
  { method: 'GET', route: `${HARBOR}/search`, path: () => `${HARBOR}/search?q=app`, need: { kind: 'nothing' } },
  { method: 'GET', route: `${HARBOR}/statistics`, path: () => `${HARBOR}/statistics`, need: { kind: 'signed-in' } },
];
