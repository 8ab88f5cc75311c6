import { isDigest } from '@roadstead/oci';
import type { FastifyInstance } from 'fastify';
import { ACCESSORY_SORT_KEYS, TAG_SORT_KEYS } from '../../../content/artifacts/page-artifact-parts.ts';
import { toDigestBytes } from '../../../content/digest-bytes.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { sendPageHeaders } from '../page-headers.ts';
import { readPage } from '../page-query.ts';
import { parseQueryExpression } from '../query-expression.ts';
import { readSort } from '../read-sort.ts';
import { type ArtifactRouteDependencies, admitToRepository, readReference } from './artifact-request.ts';
import * as contract from './artifacts-contract.ts';
import { renderAccessory, renderTag } from './render-artifact.ts';

/** Tags and accessories of one artifact. */
export function registerArtifactParts(routes: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  serveOperation(routes, contract.listTags, async (request, reply) => {
    const permission = { resource: 'tag', action: 'list' };
    const { artifacts, repository } = await admitToRepository(request, dependencies, permission);
    const at = readPage(request.query);
    const name = parseQueryExpression(request.query.q).get('name');
    const { id: artifactId } = await artifacts.get(repository, readReference(request.params.reference));
    const { items, total } = await artifacts.pageTags({
      artifactId,
      name: name?.kind === 'exact' ? name.value : undefined,
      nameContains: name?.kind === 'fuzzy' ? name.value : undefined,
      order: readSort(request.query.sort, TAG_SORT_KEYS) ?? [],
      limit: at.pageSize,
      offset: (at.page - 1) * at.pageSize,
    });
    sendPageHeaders(request, reply, at, total);
    const { immutableRules } = dependencies.instanceOf(request).policies;
    const keeps = request.query.with_immutable_status ? await immutableRules.reader(repository.projectId) : undefined;
    return items.map((tag) => renderTag(tag, keeps && (({ name }) => keeps(repository.name, name))));
  });
  serveOperation(routes, contract.listAccessories, async (request, reply) => {
    const permission = { resource: 'accessory', action: 'list' };
    const { artifacts, repository } = await admitToRepository(request, dependencies, permission);
    const at = readPage(request.query);
    const q = parseQueryExpression(request.query.q);
    const digest = q.get('digest')?.value;
    const { id: artifactId } = await artifacts.get(repository, readReference(request.params.reference));
    const { items, total } = await artifacts.pageAccessories({
      artifactId,
      type: q.get('type')?.value,
      digest: digest === undefined ? undefined : isDigest(digest) ? toDigestBytes(digest) : Buffer.alloc(0),
      order: readSort(request.query.sort, ACCESSORY_SORT_KEYS) ?? [],
      limit: at.pageSize,
      offset: (at.page - 1) * at.pageSize,
    });
    sendPageHeaders(request, reply, at, total);
    return items.map(renderAccessory);
  });
}
