import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ProductError } from '../../kernel/errors.ts';
import { parseNetworkRuleSet } from '../../network-rules/network-rule-set.ts';
import { admitOperator } from './access.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const Force = Type.Object({ force: Type.Optional(Type.String({ maxLength: 5 })) });
type Force = Type.Static<typeof Force>;

const PATH = '/network-rules';
/** Some hundred networks. */
const MAX_RULES_BYTES = 64 * 1024;

/** From which networks the instance may be reached: for its management, and for the registry. */
export function registerNetworkRulesRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readSettings');
    return instance.networkRules.find();
  });
  const options = { schema: { querystring: Force }, bodyLimit: MAX_RULES_BYTES };
  routes.put<{ Querystring: Force }>(PATH, options, async (request) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeSettings');
    // Checked by hand: a validator that coerces would take a text for a list of one.
    const rules = parseNetworkRuleSet(request.body);
    return instance.networkRules.set(rules, { actor, isForced: readForce(request.query.force) });
  });
}

function readForce(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new ProductError('BAD_REQUEST', 'force is true or false');
}
