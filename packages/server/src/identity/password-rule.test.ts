import { describe, expect, it } from 'vitest';
import { assertGoodPassword } from './password-rule.ts';

describe('the password rule', () => {
  it.each(['Abcdefg1', 'Ünïcödé9', `Aa1${'x'.repeat(125)}`])('accepts %j', (password) => {
    expect(() => assertGoodPassword(password, 'admin')).not.toThrow();
  });

  it.each([
    'Abcdef1',
    `Aa1${'x'.repeat(126)}`,
    'abcdefg1',
    'ABCDEFG1',
    'Abcdefgh',
    'Harbor12345',
    'hArbor12345',
    'admin',
    'password',
    'Password1',
    '',
  ])('refuses %j and says the rule, not the password', (password) => {
    expect(() => assertGoodPassword(password, 'somebody')).toThrow(/8 to 128 characters.*upper-case.*digit/);
  });

  it('refuses the user name itself', () => {
    expect(() => assertGoodPassword('Operator1', 'operator1')).toThrow('not accepted');
  });
});
