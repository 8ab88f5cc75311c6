import type { FastifyInstance, FastifyReply } from 'fastify';
import { serveOperation } from '../openapi/serve-operation.ts';
import { type ArtifactRouteDependencies, admitToRepository, readReference } from './artifact-request.ts';
import * as contract from './artifacts-contract.ts';

const READ = { resource: 'artifact-addition', action: 'read' } as const;

/** What there is to read of one artifact: what it was built by, files of a chart, reports. */
export function registerArtifactAdditions(routes: FastifyInstance, dependencies: ArtifactRouteDependencies): void {
  serveOperation(routes, contract.getVulnerabilitiesAddition, async (request, reply) => {
    const { artifacts, repository } = await admitToRepository(request, dependencies, READ);
    await artifacts.get(repository, readReference(request.params.reference));
    // Reports by their media types. Nothing was scanned yet.
    setType(reply, 'application/json; charset=utf-8');
    return '{}';
  });
  serveOperation(routes, contract.getAddition, async (request, reply) => {
    const { artifacts, repository } = await admitToRepository(request, dependencies, READ);
    const artifact = await artifacts.get(repository, readReference(request.params.reference));
    const { text, mediaType } = await artifacts.readAddition(artifact, request.params.addition);
    setType(reply, mediaType);
    return text;
  });
}

/** The text is a stranger's: no browser shall take it for anything else. */
function setType(reply: FastifyReply, mediaType: string): void {
  reply.type(mediaType).header('x-content-type-options', 'nosniff').header('content-security-policy', 'sandbox');
}
