import type { Manifest } from './manifest.ts';

/** What a client asks of a tag. */
export type TagRequest =
  | { readonly kind: 'get' }
  | { readonly kind: 'head' }
  /** A read of which the client says what it has. */
  | { readonly kind: 'get-unless'; readonly digest: string }
  | { readonly kind: 'put'; readonly manifest: Manifest }
  /** Replaces one manifest by another: `If-Match`. */
  | { readonly kind: 'replace'; readonly expected: string; readonly manifest: Manifest }
  /** Makes a tag where there is none: `If-None-Match: *`. */
  | { readonly kind: 'create'; readonly manifest: Manifest }
  | { readonly kind: 'delete' };

export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const ACCEPT = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';

export function toHttpRequest(request: TagRequest): HttpRequest {
  switch (request.kind) {
    case 'get':
    case 'head':
      return { method: request.kind.toUpperCase(), headers: { Accept: ACCEPT } };
    case 'get-unless':
      return { method: 'GET', headers: { Accept: ACCEPT, 'If-None-Match': `"${request.digest}"` } };
    case 'delete':
      return { method: 'DELETE', headers: {} };
    case 'put':
    case 'replace':
    case 'create': {
      const { bytes, mediaType } = request.manifest;
      const headers = { 'Content-Type': mediaType, 'Content-Length': String(bytes.length), ...conditionOf(request) };
      return { method: 'PUT', headers, body: bytes };
    }
  }
}

function conditionOf(request: TagRequest): Readonly<Record<string, string>> {
  if (request.kind === 'replace') return { 'If-Match': `"${request.expected}"` };
  return request.kind === 'create' ? { 'If-None-Match': '*' } : {};
}

/** The request for people. */
export function describeRequest(request: TagRequest): string {
  switch (request.kind) {
    case 'put':
      return `PUT ${request.manifest.digest}`;
    case 'replace':
      return `PUT ${request.manifest.digest} if it is ${request.expected}`;
    case 'create':
      return `PUT ${request.manifest.digest} if there is none`;
    case 'get-unless':
      return `GET unless it is ${request.digest}`;
    default:
      return request.kind.toUpperCase();
  }
}

export function isRead({ kind }: TagRequest): boolean {
  return kind === 'get' || kind === 'head' || kind === 'get-unless';
}
