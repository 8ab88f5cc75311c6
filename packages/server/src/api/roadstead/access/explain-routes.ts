import { isRepositoryName } from '@roadstead/oci';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../../kernel/errors.ts';
import { type Principal, principalName } from '../../../kernel/principal.ts';
import type { PrincipalName } from '../../../projects/access/find-principal.ts';
import { assertSignedIn } from '../../../projects/project-access.ts';
import { Text } from '../query-fields.ts';
import type { AccessRouteDependencies } from './access-dependencies.ts';

const Word = Type.String({ pattern: '^[a-z][a-z-]{0,63}$' });

const ExplainQuery = Type.Object({
  resource: Word,
  action: Word,
  project: Type.Optional(Text(255)),
  repository: Type.Optional(Text(255)),
  as: Type.Optional(Text(300)),
});
type ExplainQuery = Type.Static<typeof ExplainQuery>;

const SUBJECT = /^(user|robot):(.+)$/s;

/** Which rule allows something, or that none does; and who asks. */
export function registerExplainRoutes(routes: FastifyInstance, dependencies: AccessRouteDependencies): void {
  const { instanceOf, actorOf } = dependencies;
  const options = { schema: { querystring: ExplainQuery }, exposeHeadRoute: false };
  routes.get<{ Querystring: ExplainQuery }>('/access/explain', options, async (request) => {
    const { resource, action, project, repository, as } = request.query;
    if (repository !== undefined && project === undefined) {
      throw new ProductError('BAD_REQUEST', 'repository: name its project, too, as project');
    }
    if (repository !== undefined && !isRepositoryName(`${project}/${repository}`)) {
      throw new ProductError('BAD_REQUEST', 'repository: this is no name of one, without that of its project');
    }
    const answer = await instanceOf(request).projects.explain({
      asker: actorOf(request).principal,
      permission: { resource, action },
      project,
      repository,
      subject: readSubject(as),
    });
    return {
      principal: renderPrincipal(answer.principal),
      permission: `${resource}:${action}`,
      ...(project !== undefined && { project }),
      ...(repository !== undefined && { repository }),
      allowed: answer.isAllowed,
      rule: answer.rule,
      sentence: answer.sentence,
    };
  });
  routes.get('/access/whoami', { exposeHeadRoute: false }, async (request) => {
    const { principal } = actorOf(request);
    assertSignedIn(principal);
    return renderPrincipal(principal);
  });
}

/** @throws ProductError BAD_REQUEST */
function readSubject(text: string | undefined): PrincipalName | undefined {
  if (text === undefined) return undefined;
  const [, kind, name] = SUBJECT.exec(text) ?? [];
  if ((kind === 'user' || kind === 'robot') && name !== undefined) return { kind, name };
  throw new ProductError('BAD_REQUEST', 'as is user:NAME or robot:NAME');
}

function renderPrincipal(principal: Principal) {
  const isAdministrator = 'isAdministrator' in principal && principal.isAdministrator;
  return { kind: principal.kind, name: principalName(principal), administrator: isAdministrator };
}
