import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Exchange } from '../../http/exchange.ts';
import { applyManagementConventions } from '../../http/management-conventions.ts';
import { readObject, readText } from '../../http/request-fields.ts';
import { MAX_FOREIGN_TOKEN_BYTES } from '../../identity/federation/decode-foreign-token.ts';
import type { RuleExplanation, TokenExplanation } from '../../identity/workload/token-explainer.ts';
import type { WorkloadRule } from '../../identity/workload/workload-rule.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { assertSignedIn, parseProjectKey } from '../../projects/project-access.ts';
import type { RuleAccounts } from '../../projects/workload-rules/rule-accounts.ts';
import { renderInstant } from './instant.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Id, Text } from './query-fields.ts';
import { readWorkloadRule } from './workload-rule-request.ts';

const ProjectParams = Type.Object({ project: Text(255) });
type ProjectParams = Type.Static<typeof ProjectParams>;

const RuleParams = Type.Object({ project: Text(255), id: Id });
type RuleParams = Type.Static<typeof RuleParams>;

/** A token in JSON, and room for how that may be written. */
const MAX_TEST_BYTES = 2 * MAX_FOREIGN_TOKEN_BYTES;

const PATH = '/api/roadstead/v1/projects/:project/workload-rules';

export interface WorkloadRuleRouteDependencies {
  /** The instance whose host the request names. */
  readonly instanceOf: (request: FastifyRequest) => { readonly ruleAccounts: RuleAccounts };
  /** Who asks: anonymous when there are no credentials, or wrong ones. */
  readonly actorOf: (request: FastifyRequest) => Actor;
  readonly exchangeOf: (request: FastifyRequest) => Exchange;
}

/** By what rules tokens of other issuers open a project. */
export function registerWorkloadRuleRoutes(app: FastifyInstance, dependencies: WorkloadRuleRouteDependencies): void {
  app.register(async (routes) => {
    applyManagementConventions(routes, dependencies);
    // Before bodies and queries are looked at.
    routes.addHook('preValidation', async (request) => assertSignedIn(dependencies.actorOf(request).principal));
    registerRules(routes, dependencies);
    registerRule(routes, dependencies);
    registerTest(routes, dependencies);
  });
}

function registerRules(routes: FastifyInstance, dependencies: WorkloadRuleRouteDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  const options = { schema: { params: ProjectParams }, bodyLimit: MAX_BODY_BYTES };
  routes.get<{ Params: ProjectParams }>(PATH, options, async (request) => {
    const rules = await instanceOf(request).ruleAccounts.list(projectOf(request), actorOf(request).principal);
    return { items: rules.map(renderRule) };
  });
  routes.post<{ Params: ProjectParams }>(PATH, options, async (request, reply) => {
    const asked = readWorkloadRule(request.body, exchangeOf(request).origin);
    const rule = await instanceOf(request).ruleAccounts.create({
      ...asked,
      project: projectOf(request),
      actor: actorOf(request),
    });
    const location = `${PATH.replace(':project', encodeURIComponent(request.params.project))}/${rule.id}`;
    return reply.code(201).header('location', location).send(renderRule(rule));
  });
}

function registerRule(routes: FastifyInstance, dependencies: WorkloadRuleRouteDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  const entry = `${PATH}/:id`;
  const options = { schema: { params: RuleParams }, bodyLimit: MAX_BODY_BYTES };
  routes.get<{ Params: RuleParams }>(entry, options, async (request) => {
    return renderRule(await instanceOf(request).ruleAccounts.get(placeOf(request), actorOf(request).principal));
  });
  routes.put<{ Params: RuleParams }>(entry, options, async (request) => {
    const asked = readWorkloadRule(request.body, exchangeOf(request).origin);
    const change = { ...asked, ...placeOf(request), actor: actorOf(request) };
    return renderRule(await instanceOf(request).ruleAccounts.update(change));
  });
  routes.delete<{ Params: RuleParams }>(entry, options, async (request, reply) => {
    await instanceOf(request).ruleAccounts.delete(placeOf(request), actorOf(request));
    return reply.code(204).send();
  });
}

/** It changes nothing: a POST since a token must not stand in an address, which is logged. */
function registerTest(routes: FastifyInstance, dependencies: WorkloadRuleRouteDependencies): void {
  const { instanceOf, actorOf } = dependencies;
  const options = { schema: { params: ProjectParams }, bodyLimit: MAX_TEST_BYTES };
  routes.post<{ Params: ProjectParams }>(`${PATH}/test`, options, async (request, reply) => {
    const token = readText('token', readObject('the body', request.body)['token'], MAX_FOREIGN_TOKEN_BYTES) ?? '';
    if (token === '') throw new ProductError('BAD_REQUEST', 'token: give the one that is to be explained');
    const question = { project: projectOf(request), token };
    const explanation = await instanceOf(request).ruleAccounts.explain(question, actorOf(request).principal);
    return reply.header('cache-control', 'no-store').send(renderExplanation(explanation));
  });
}

function projectOf(request: FastifyRequest<{ Params: ProjectParams }>): number | string {
  return parseProjectKey(request.params.project, request.headers['x-is-resource-name']);
}

function placeOf(request: FastifyRequest<{ Params: RuleParams }>) {
  return { project: projectOf(request), id: Number(request.params.id) };
}

function renderRule(rule: WorkloadRule): Readonly<Record<string, unknown>> {
  return {
    id: rule.id,
    name: rule.name,
    issuer: rule.issuer,
    audience: rule.audience,
    conditions: rule.conditions,
    permissions: rule.permissions.map((key) => {
      const colon = key.indexOf(':');
      return { resource: key.slice(0, colon), action: key.slice(colon + 1) };
    }),
    disabled: rule.isDisabled,
    version: rule.version,
    createdAt: renderInstant(rule.createdAt),
    updatedAt: renderInstant(rule.updatedAt),
  };
}

function renderExplanation(explanation: TokenExplanation): Readonly<Record<string, unknown>> {
  const { issuer, audience, subject, expiresAt, fault, rules } = explanation;
  return {
    issuer: issuer ?? null,
    audience: audience ?? null,
    subject: subject ?? null,
    expiresAt: expiresAt === undefined ? null : renderInstant(expiresAt),
    fault: fault === undefined ? null : { code: fault.fault, message: fault.message },
    rules: rules.map(renderRuleExplanation),
  };
}

function renderRuleExplanation({ rule, takes, obstacles, conditions }: RuleExplanation) {
  const { id, name, issuer, audience, isDisabled } = rule;
  return {
    ...{ id, name, issuer, audience, disabled: isDisabled, takes, obstacles },
    conditions: conditions.map(({ path, outcome, patterns, value = null }) => ({
      ...{ claim: path, outcome, patterns, value },
    })),
  };
}
