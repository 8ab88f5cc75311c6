import type { IncomingHttpHeaders } from 'node:http';

/** What a call to the store wants, as far as its request line tells. */
export type S3Call =
  | 'put-object'
  | 'copy-object'
  | 'get-object'
  | 'head-object'
  | 'delete-object'
  | 'delete-objects'
  | 'list-objects'
  | 'create-multipart'
  | 'put-part'
  | 'copy-part'
  | 'complete-multipart'
  | 'abort-multipart'
  | 'list-parts'
  | 'list-multiparts';

/** What may happen to a call on its way. */
export type S3Fault =
  /** The store gets it so much later. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** The connection is reset before the store has seen anything. */
  | { readonly kind: 'reset' }
  /** Nobody gets it, and nobody answers. */
  | { readonly kind: 'black-hole' }
  /** The store carries it out, and its answer is lost: the connection is reset. */
  | { readonly kind: 'reset-after-success' }
  /** The store carries it out, and nobody answers. */
  | { readonly kind: 'timeout-after-success' }
  /** The answer ends after so many bytes of its body, by a reset. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** The answer ends after so many bytes of its body, and the connection as if that was all. */
  | { readonly kind: 'half-close'; readonly bytes: number }
  | { readonly kind: 'slow-down' }
  | { readonly kind: 'internal-error' }
  /** Carried out; the answer says 200 and holds an error, as that of a completion may. */
  | { readonly kind: 'error-in-200' }
  /** One bit of the request's body is another when the store gets it. */
  | { readonly kind: 'corrupt-request' }
  /** The answer says that the part is stored, and it is not. */
  | { readonly kind: 'lost-part' }
  /** The list has nothing in it. */
  | { readonly kind: 'stale-list' };

/** Which call a request is. */
export function classifyS3Call(method: string, url: string, headers: IncomingHttpHeaders): S3Call | undefined {
  const { pathname, searchParams } = new URL(url, 'http://store');
  const isOfBucket = pathname.split('/').filter((part) => part !== '').length < 2;
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  const has = (name: string) => searchParams.has(name);
  switch (method) {
    case 'PUT':
      if (isOfBucket) return undefined;
      if (has('partNumber')) return isCopy ? 'copy-part' : 'put-part';
      return isCopy ? 'copy-object' : 'put-object';
    case 'POST':
      if (has('delete')) return 'delete-objects';
      return has('uploads') ? 'create-multipart' : 'complete-multipart';
    case 'GET':
      if (isOfBucket) return has('uploads') ? 'list-multiparts' : 'list-objects';
      return has('uploadId') ? 'list-parts' : 'get-object';
    case 'HEAD':
      return isOfBucket ? undefined : 'head-object';
    case 'DELETE':
      if (isOfBucket) return undefined;
      return has('uploadId') ? 'abort-multipart' : 'delete-object';
    default:
      return undefined;
  }
}
