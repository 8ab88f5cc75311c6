import { describe, expect, it } from 'vitest';
import { OciError, type OciErrorCode, renderOciErrors } from './errors.ts';

const STATUSES: readonly (readonly [OciErrorCode, number])[] = [
  ['BLOB_UNKNOWN', 404],
  ['BLOB_UPLOAD_INVALID', 400],
  ['BLOB_UPLOAD_UNKNOWN', 404],
  ['DIGEST_INVALID', 400],
  ['MANIFEST_BLOB_UNKNOWN', 404],
  ['MANIFEST_INVALID', 400],
  ['MANIFEST_UNKNOWN', 404],
  ['NAME_INVALID', 400],
  ['NAME_UNKNOWN', 404],
  ['SIZE_INVALID', 400],
  ['UNAUTHORIZED', 401],
  ['DENIED', 403],
  ['UNSUPPORTED', 405],
  ['TOOMANYREQUESTS', 429],
  ['TAG_INVALID', 400],
  ['RANGE_INVALID', 416],
  ['PRECONDITION_FAILED', 412],
  ['PROJECTPOLICYVIOLATION', 412],
  ['PAGINATION_NUMBER_INVALID', 400],
  ['REQUEST_URI_TOO_LONG', 414],
  ['UNKNOWN', 500],
  ['UNAVAILABLE', 503],
  ['INSUFFICIENT_STORAGE', 507],
];

describe('OciError', () => {
  it.each(STATUSES)('%s has the status %i', (code, status) => {
    expect(new OciError(code, 'A sentence.').status).toBe(status);
  });

  it('takes another status, a public detail and a private cause', () => {
    const cause = new Error('disk /srv/x');
    const error = new OciError('SIZE_INVALID', 'Too large.', { status: 413, detail: { limitBytes: 4 }, cause });
    expect(error).toMatchObject({ status: 413, detail: { limitBytes: 4 }, cause, name: 'OciError' });
    expect(renderOciErrors(error)).toEqual({
      errors: [{ code: 'SIZE_INVALID', message: 'Too large.', detail: { limitBytes: 4 } }],
    });
  });

  it('is rendered without a detail when it has none', () => {
    expect(renderOciErrors(new OciError('BLOB_UNKNOWN', 'No such blob.'))).toEqual({
      errors: [{ code: 'BLOB_UNKNOWN', message: 'No such blob.' }],
    });
  });

  it.each([[new Error('secret /srv/path')], ['secret'], [undefined], [{ code: 'DENIED', message: 'secret' }]])(
    'shows nothing of an error that is not its own (%#)',
    (error) => {
      const body = renderOciErrors(error);
      expect(body.errors[0]?.code).toBe('UNKNOWN');
      expect(JSON.stringify(body)).not.toContain('secret');
    },
  );
});
