import { isDigest } from '@roadstead/oci';
import type { FastifyInstance } from 'fastify';
import type { ManagementConventionDependencies } from '../../../http/management-conventions.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { registerOperations } from '../openapi/register-operations.ts';
import { serveOperation } from '../openapi/serve-operation.ts';
import { findIcon } from './artifact-icons.ts';
import { getIcon } from './icons-contract.ts';

/** The pictures that `icon` of artifacts and accessories names. They are the same for everybody. */
export function registerIconRoutes(app: FastifyInstance, dependencies: ManagementConventionDependencies): void {
  registerOperations(app, dependencies, (routes) => {
    serveOperation(routes, getIcon, async (request) => {
      const { digest } = request.params;
      if (!isDigest(digest)) throw new ProductError('BAD_REQUEST', 'an icon is named by a digest');
      const icon = findIcon(digest);
      if (icon === undefined) throw new ProductError('NOT_FOUND', `there is no icon ${digest}`);
      return { 'content-type': icon.mediaType, content: Buffer.from(icon.text).toString('base64') };
    });
  });
}
