import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { HARBOR_OPERATIONS } from './harbor-operations.ts';
import { createOpenApi } from './open-api.ts';
import type { Operation } from './operation.ts';
import { HARBOR_BASE, routeOf } from './serve-operation.ts';

/** A text that is made once and sent often, held in little room. */
export interface PackedText {
  readonly gzipped: Buffer;
  /** Of what it says, so that browsers keep it until another version says something else. */
  readonly etag: string;
}

/** @returns the OpenAPI document of what this server does: operations that are not served are not in it */
export function describeServed(app: Pick<FastifyInstance, 'hasRoute'>, version: string) {
  return createOpenApi(
    HARBOR_OPERATIONS.filter((operation) => isServed(app, operation)),
    version,
  );
}

export function packText(text: string): PackedText {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return { gzipped: gzipSync(text), etag };
}

function isServed(app: Pick<FastifyInstance, 'hasRoute'>, { method, path }: Operation): boolean {
  // Routes are kept without the slash that an address may end in.
  return app.hasRoute({ method, url: `${HARBOR_BASE}${routeOf(path)}`.replace(/\/$/, '') });
}
