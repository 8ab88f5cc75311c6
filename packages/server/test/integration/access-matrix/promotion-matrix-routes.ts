import type { MatrixRoute } from './matrix-routes.ts';

const PROMOTIONS = '/api/roadstead/v1/promotions';

/** Artifacts that go from one repository to another. */
export const PROMOTION_MATRIX_ROUTES: readonly MatrixRoute[] = [
  {
    method: 'POST',
    route: PROMOTIONS,
    path: () => PROMOTIONS,
    need: { kind: 'project', permission: 'repository:push' },
    hasName: true,
    body: (n) => ({ from: `${n.repository}:${n.tag}`, to: `${n.project}/promoted`, dryRun: true }),
  },
];
