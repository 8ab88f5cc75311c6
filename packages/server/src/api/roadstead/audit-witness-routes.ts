import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { ProductError } from '../../kernel/errors.ts';
import type { Witness } from '../../operations/audit-log/witnesses/witness.ts';
import { admitOperator } from './access.ts';
import { renderInstant } from './instant.ts';
import { MAX_BODY_BYTES } from './max-body-bytes.ts';
import { Text } from './query-fields.ts';
import type { RoadsteadRouteDependencies } from './roadstead-dependencies.ts';

const WitnessParams = Type.Object({ name: Text(63) });
type WitnessParams = Type.Static<typeof WitnessParams>;

/** What goes into a header is one line of printable characters. */
const HeaderText = Type.String({ minLength: 1, maxLength: 4_096, pattern: '^[\\x20-\\x7e]+$' });

const strict = { additionalProperties: false } as const;
const Webhook = Type.Object(
  { kind: Type.Literal('webhook'), url: Text(2_048), authorization: Type.Optional(HeaderText) },
  strict,
);
const S3 = Type.Object(
  {
    kind: Type.Literal('s3'),
    endpoint: Text(2_048),
    region: Text(63),
    bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
    prefix: Type.Optional(Type.String({ maxLength: 512, pattern: "^[A-Za-z0-9!_.*'()/-]*$" })),
    accessKeyId: Text(256),
    secretAccessKey: Text(1_024),
  },
  strict,
);
const NewWitness = Type.Union([Webhook, S3]);

/** Checked by hand: a validator that removes what it does not know would do so for one kind before it looks at the other. */
const WitnessBody = Type.Object({ kind: Type.Unknown() });
type WitnessBody = Type.Static<typeof WitnessBody>;

const FORM =
  'A witness is {"kind":"webhook","url","authorization"?} or {"kind":"s3","endpoint","region","bucket","prefix"?,' +
  '"accessKeyId","secretAccessKey"}, with texts as values and nothing else.';

const PATH = '/audit/witnesses';

/** Who keeps the audit log's checkpoints outside. What is secret of them goes in, and never comes out. */
export function registerAuditWitnessRoutes(routes: FastifyInstance, dependencies: RoadsteadRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { instance } = await admitOperator(request, dependencies, 'readAudit');
    return (await instance.operations.auditLog.witnesses.list()).map(renderWitness);
  });
  const put = { schema: { params: WitnessParams, body: WitnessBody }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Params: WitnessParams; Body: WitnessBody }>(`${PATH}/:name`, put, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    const { body } = request;
    if (!Value.Check(NewWitness, body)) throw new ProductError('VALIDATION', FORM);
    const witness = body.kind === 's3' ? { ...body, prefix: body.prefix ?? '' } : body;
    await instance.operations.auditLog.witnesses.put(request.params.name, witness, actor);
    return reply.code(204).send();
  });
  const named = { schema: { params: WitnessParams } };
  routes.delete<{ Params: WitnessParams }>(`${PATH}/:name`, named, async (request, reply) => {
    const { instance, actor } = await admitOperator(request, dependencies, 'changeAudit');
    await instance.operations.auditLog.witnesses.remove(request.params.name, actor);
    return reply.code(204).send();
  });
}

function renderWitness(witness: Witness): Readonly<Record<string, unknown>> {
  return {
    name: witness.name,
    kind: witness.kind,
    settings: witness.settings,
    deliveredSize: witness.deliveredSize,
    deliveredAt: renderInstant(witness.deliveredAt),
    failures: witness.failures,
    retryAt: renderInstant(witness.retryAt),
    error: witness.error ?? null,
  };
}
