import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRoute } from './route.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the route of a path', () => {
  it.each([
    ['/v2', { kind: 'ping' }],
    ['/v2/', { kind: 'ping' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/a/manifests/latest', { kind: 'manifest', repository: 'a', argument: 'latest' }],
    [`/v2/a/b/manifests/${DIGEST}`, { kind: 'manifest', repository: 'a/b', argument: DIGEST }],
    [`/v2/a/blobs/${DIGEST.replace(':', '%3a')}`, { kind: 'blob', repository: 'a', argument: DIGEST }],
    ['/v2/a/blobs/uploads/', { kind: 'uploads', repository: 'a', argument: '' }],
    ['/v2/a/blobs/uploads', { kind: 'uploads', repository: 'a', argument: '' }],
    ['/v2/a/blobs/uploads/an-id', { kind: 'upload', repository: 'a', argument: 'an-id' }],
    ['/v2/a/tags/list', { kind: 'tags', repository: 'a', argument: '' }],
    [`/v2/a/referrers/${DIGEST}`, { kind: 'referrers', repository: 'a', argument: DIGEST }],
    ['/v2/manifests/tags/list', { kind: 'tags', repository: 'manifests', argument: '' }],
    ['/v2/a/blobs/uploads/tags/list', { kind: 'tags', repository: 'a/blobs/uploads', argument: '' }],
    ['/v2/a/tags/list/manifests/list', { kind: 'manifest', repository: 'a/tags/list', argument: 'list' }],
  ])('%s is read from its right end', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it.each(['/v2/a', '/v2/a/', '/v2/_catalog/', '/v2/a/tags', '/v2/a/tags/list/', '/v2/a/other/x'])(
    '%s is none of the registry',
    (path) => {
      expect(parseRoute(path)).toBeUndefined();
    },
  );

  it.each([
    '/v2/A/manifests/x',
    '/v2/a//b/manifests/x',
    '/v2/../manifests/x',
    '/v2/a%2fb/manifests/x',
    '/v2//tags/list',
  ])('%s has a name that no repository can have', (path) => {
    expect(() => parseRoute(path)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });

  it('gives back every repository name and reference that it was made of', () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const name = fc.array(fc.oneof(segment, fc.constantFrom('manifests', 'blobs', 'uploads', 'tags', 'list')), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(name, fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), (segments, tag) => {
        const repository = segments.join('/');
        expect(parseRoute(`/v2/${repository}/manifests/${tag}`)).toEqual({
          kind: 'manifest',
          repository,
          argument: tag,
        });
      }),
    );
  });
});
