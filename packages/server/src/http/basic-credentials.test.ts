import { describe, expect, it } from 'vitest';
import { parseBasicCredentials } from './basic-credentials.ts';

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('an Authorization header', () => {
  it('gives the user and a password that may hold colons and any letters', () => {
    expect(parseBasicCredentials(`Basic ${encode('admin:a:b:ü')}`)).toEqual({ username: 'admin', password: 'a:b:ü' });
    expect(parseBasicCredentials(`basic ${encode(':')}`)).toEqual({ username: '', password: '' });
  });

  it.each(['', 'Basic', 'Basic ', `Basic ${encode('nocolon')}`, 'Basic a:b', 'Bearer abc', 'Basic YTpi YTpi'])(
    'is not Basic credentials when it is %j',
    (header) => {
      expect(parseBasicCredentials(header)).toBeUndefined();
    },
  );
});
