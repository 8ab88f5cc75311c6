import { describe, expect, it } from 'vitest';
import { ABSENT } from '../register/register-operation.ts';
import type { HttpAnswer } from './http-connection.ts';
import { createManifest } from './manifest.ts';
import { readAnswer } from './read-answer.ts';

const manifest = createManifest('image', 'new');
const other = createManifest('index', 'other');

function answer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = '',
): HttpAnswer {
  return { status, header: (name) => headers[name], body: Buffer.from(body), answeredAtNs: 0 };
}

const at = (digest: string): Readonly<Record<string, string>> => ({ 'docker-content-digest': digest });
const refusedAt = (current: string | null): HttpAnswer =>
  answer(412, {}, JSON.stringify({ errors: [{ code: 'PRECONDITION_FAILED', detail: { tag: 't', current } }] }));

describe('what an answer says about a tag', () => {
  it('is the digest of a read, or that there is none', () => {
    const see = { step: { kind: 'see', value: other.digest } };
    expect(readAnswer({ kind: 'get' }, answer(200, at(other.digest), other.bytes))).toEqual(see);
    expect(readAnswer({ kind: 'head' }, answer(200, at(other.digest)))).toEqual(see);
    expect(readAnswer({ kind: 'get-unless', digest: other.digest }, answer(304, at(other.digest)))).toEqual(see);
    expect(readAnswer({ kind: 'get' }, answer(404))).toEqual({ step: { kind: 'see', value: ABSENT } });
  });

  it('is a fault when a read contradicts itself', () => {
    const torn = readAnswer({ kind: 'get' }, answer(200, at(other.digest), manifest.bytes));
    expect(torn).toEqual({ fault: expect.stringContaining(`has the digest ${manifest.digest}`) });
    const unmodified = readAnswer({ kind: 'get-unless', digest: manifest.digest }, answer(304, at(other.digest)));
    expect(unmodified).toEqual({ fault: expect.stringContaining('304 for') });
    const sentAgain = answer(200, at(other.digest), other.bytes);
    expect(readAnswer({ kind: 'get-unless', digest: other.digest }, sentAgain)).toHaveProperty('fault');
    expect(readAnswer({ kind: 'get' }, answer(200, {}, other.bytes))).toHaveProperty('fault');
  });

  it('is what a push did', () => {
    const { digest } = manifest;
    const created = answer(201, at(digest));
    expect(readAnswer({ kind: 'put', manifest }, created)).toEqual({ step: { kind: 'write', value: digest } });
    expect(readAnswer({ kind: 'create', manifest }, created)).toEqual({
      step: { kind: 'swap', expected: ABSENT, value: digest },
    });
    expect(readAnswer({ kind: 'replace', expected: other.digest, manifest }, created)).toEqual({
      step: { kind: 'swap', expected: other.digest, value: digest },
    });
    expect(readAnswer({ kind: 'put', manifest }, answer(201, at(other.digest)))).toHaveProperty('fault');
    expect(readAnswer({ kind: 'put', manifest }, answer(412))).toEqual({ fault: '412 ' });
  });

  it('is what a refusal found, if it says so', () => {
    const replace = { kind: 'replace', expected: other.digest, manifest } as const;
    expect(readAnswer(replace, refusedAt('sha256:x'))).toEqual({ step: { kind: 'see', value: 'sha256:x' } });
    expect(readAnswer(replace, refusedAt(null))).toEqual({ step: { kind: 'see', value: ABSENT } });
    expect(readAnswer(replace, answer(412, {}, '<html>'))).toEqual({ step: { kind: 'miss', value: other.digest } });
    expect(readAnswer(replace, refusedAt(other.digest))).toHaveProperty('fault');
    expect(readAnswer({ kind: 'create', manifest }, answer(412, {}, '{}'))).toEqual({
      step: { kind: 'miss', value: ABSENT },
    });
  });

  it('is what a deletion did', () => {
    expect(readAnswer({ kind: 'delete' }, answer(202))).toEqual({ step: { kind: 'remove' } });
    expect(readAnswer({ kind: 'delete' }, answer(404))).toEqual({ step: { kind: 'see', value: ABSENT } });
    expect(readAnswer({ kind: 'delete' }, answer(200))).toHaveProperty('fault');
  });
});
