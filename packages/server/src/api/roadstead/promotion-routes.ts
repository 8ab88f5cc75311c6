import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Promotion } from '../../content/artifacts/promote-artifact.ts';
import { applyManagementConventions } from '../../http/management-conventions.ts';
import type { Actor } from '../../kernel/actor.ts';
import { assertSignedIn } from '../../projects/project-access.ts';
import type { PromotionRequest, Promotions } from '../../projects/promotions/promotions.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Text } from './query-fields.ts';

const PATH = '/api/roadstead/v1/promotions';

const PromotionBody = Type.Object({
  from: Text(512),
  to: Text(255),
  tags: Type.Optional(Type.Array(Text(128))),
  withLabels: Type.Optional(Type.Boolean()),
  dryRun: Type.Optional(Type.Boolean()),
});
type PromotionBody = Type.Static<typeof PromotionBody>;

export interface PromotionRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly promotions: Promotions };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** Artifacts that go from one repository to another. */
export function registerPromotionRoutes(app: FastifyInstance, dependencies: PromotionRouteDependencies): void {
  app.register(async (routes) => {
    applyManagementConventions(routes, dependencies);
    const { instanceOf, actorOf } = dependencies;
    // Before bodies are looked at.
    routes.addHook('preValidation', async (request) => assertSignedIn(actorOf(request).principal));
    const options = { schema: { body: PromotionBody }, bodyLimit: MAX_BODY_BYTES };
    routes.post<{ Body: PromotionBody }>(PATH, options, async (request) => {
      const { from, to, tags, withLabels = false, dryRun: isDryRun = false } = request.body;
      const asked: PromotionRequest = { from, to, tags, withLabels, isDryRun };
      return render(asked, await instanceOf(request).promotions.promote(asked, actorOf(request)));
    });
  });
}

function render({ from, to, isDryRun }: PromotionRequest, promotion: Promotion): Readonly<Record<string, unknown>> {
  const { digest, tags, manifests, keptTags, labels, isChanged } = promotion;
  return {
    from,
    to,
    digest,
    isDryRun,
    isChanged,
    tags: tags.map(({ name, before }) => ({ name, before: before ?? null })),
    manifests: manifests.map((each) => ({ digest: each.digest, wasThere: each.wasThere })),
    keptTags: [...keptTags],
    labels: { added: [...labels.added], leftOut: [...labels.leftOut] },
  };
}
