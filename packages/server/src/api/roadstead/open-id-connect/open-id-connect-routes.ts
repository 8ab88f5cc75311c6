import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { applyManagementConventions } from '../../../http/management-conventions.ts';
import { renderOvhError } from '../../../http/render-ovh-error.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { isAdministrator } from '../../../kernel/principal.ts';
import { refusal } from '../../../projects/project-access.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';

const PATH = '/open-id-connect';

interface OpenIdConnectInstance {
  readonly identity: Pick<Identity, 'openIdConnect'>;
}

export interface OpenIdConnectRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => OpenIdConnectInstance;
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
}

/** OVH's `openIdConnect` object of this registry: its bodies, its answers and its errors. For administrators alone. */
export function registerOpenIdConnectRoutes(app: FastifyInstance, dependencies: OpenIdConnectRouteDependencies): void {
  app.register(
    async (routes) => {
      applyManagementConventions(routes, dependencies, renderOvhError);
      const options = { bodyLimit: MAX_BODY_BYTES };
      routes.get(PATH, { exposeHeadRoute: false }, async (request) => admit(request, dependencies).openIdConnect.get());
      routes.post(PATH, options, async (request, reply) => {
        const { openIdConnect, actor } = admit(request, dependencies);
        await openIdConnect.upsert(request.body, actor);
        return sendNull(reply);
      });
      routes.put(PATH, options, async (request, reply) => {
        const { openIdConnect, actor } = admit(request, dependencies);
        await openIdConnect.change(request.body, actor);
        return sendNull(reply);
      });
      routes.delete(PATH, async (request, reply) => {
        const { openIdConnect, actor } = admit(request, dependencies);
        await openIdConnect.delete(actor);
        return sendNull(reply);
      });
    },
    { prefix: '/api/roadstead/v1' },
  );
}

/** OVH's clients take an empty answer for a broken one. */
function sendNull(reply: FastifyReply): FastifyReply {
  return reply.code(200).type('application/json; charset=utf-8').send('null');
}

/** @throws ProductError UNAUTHORIZED (anonymous), DENIED: the same whether or not there is what is asked for. */
function admit(
  request: FastifyRequest,
  { instanceOf, actorOf }: OpenIdConnectRouteDependencies,
): Pick<Identity, 'openIdConnect'> & { readonly actor: Actor } {
  const actor = actorOf(request);
  if (!isAdministrator(actor.principal)) throw refusal(actor.principal);
  return { openIdConnect: instanceOf(request).identity.openIdConnect, actor };
}
