import { describe, expect, it } from 'vitest';
import { parseImageReference } from './image-reference.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('parseImageReference', () => {
  it.each([
    ['localhost/a', { registry: 'localhost', repository: 'a' }],
    ['localhost:5000/a/b', { registry: 'localhost:5000', repository: 'a/b' }],
    ['registry.example.com/team/app', { registry: 'registry.example.com', repository: 'team/app' }],
    ['host:80/a:latest', { registry: 'host:80', repository: 'a', tag: 'latest' }],
    [`r.example/a/b@${DIGEST}`, { registry: 'r.example', repository: 'a/b', digest: DIGEST }],
    [`r.example/a/b:1.0@${DIGEST}`, { registry: 'r.example', repository: 'a/b', tag: '1.0', digest: DIGEST }],
    ['127.0.0.1:8080/a:b', { registry: '127.0.0.1:8080', repository: 'a', tag: 'b' }],
    ['[::1]:8080/a:b', { registry: '[::1]:8080', repository: 'a', tag: 'b' }],
  ])('reads %s', (text, expected) => {
    expect(parseImageReference(text)).toEqual(expected);
  });

  it('takes the default registry for a name without one', () => {
    expect(parseImageReference('team/app:1', { defaultRegistry: 'r.example' })).toEqual({
      registry: 'r.example',
      repository: 'team/app',
      tag: '1',
    });
    expect(parseImageReference('other.example/app', { defaultRegistry: 'r.example' }).registry).toBe('other.example');
    expect(parseImageReference('app:5000', { defaultRegistry: 'r.example' })).toMatchObject({
      repository: 'app',
      tag: '5000',
    });
  });

  it.each([
    ['alpine', 'NAME_INVALID', /which registry/],
    ['library/alpine:3', 'NAME_INVALID', /registry\.example\.com/],
    ['https://r.example/a', 'NAME_INVALID', /without the part up to/],
    ['oci://r.example/a', 'NAME_INVALID', /without the part up to/],
    ['', 'NAME_INVALID', /which registry/],
    ['r.example/', 'NAME_INVALID', /not a repository name/],
    ['r.example/Team/app', 'NAME_INVALID', /lower-case/],
    ['r.example:0/a', 'NAME_INVALID', /optional port/],
    ['r.example:99999/a', 'NAME_INVALID', /optional port/],
    ['user:pass@r.example/a', 'DIGEST_INVALID', /not a digest/],
    ['-r.example/a', 'NAME_INVALID', /host name/],
    ['r.example/a:', 'TAG_INVALID', /not a tag/],
    ['r.example/a:b:c', 'TAG_INVALID', /not a tag/],
    ['r.example/a@sha256:0', 'DIGEST_INVALID', /64/],
  ])('refuses %j with a sentence', (text, code, sentence) => {
    expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ code }));
    expect(() => parseImageReference(text)).toThrow(sentence);
  });
});
