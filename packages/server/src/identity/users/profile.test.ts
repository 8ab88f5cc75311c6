import { describe, expect, it } from 'vitest';
import { assertGoodProfile, assertGoodUsername, NO_PROFILE } from './profile.ts';

describe('the rule for names of users', () => {
  it.each(['carol', 'C', 'carol.smith@example.com', 'Jürgen Müller', '山田', 'x'.repeat(255)])('takes %j', (name) => {
    expect(() => assertGoodUsername(name, 'robot$')).not.toThrow();
  });

  it.each([
    '',
    ' carol',
    'carol ',
    'a:b',
    'a$b',
    'robot$ci',
    'a/b',
    'a\\b',
    'a\nb',
    'a\tb',
    'a\u202eb',
    'a\u200bb',
    'a\u0000b',
    'a\ud800',
    'ﬁ',
    'x'.repeat(256),
  ])('refuses %j', (name) => {
    expect(() => assertGoodUsername(name, 'robot$')).toThrow('a user name has');
  });

  it('keeps what robots are named by, whatever that is set to', () => {
    expect(() => assertGoodUsername('bot-ci', 'bot-')).toThrow('robots');
    expect(() => assertGoodUsername('bot-ci', '')).not.toThrow();
  });
});

describe('the rule for profiles', () => {
  it.each(['carol@example.com', 'c+tag@sub.example.org', 'ü@exämple.de', 'root@localhost', ''])('takes %j', (email) => {
    expect(() => assertGoodProfile({ ...NO_PROFILE, email })).not.toThrow();
  });

  it.each(['carol', '@example.com', 'a@b@c', 'a b@c', 'a@b\r\nBcc: x@y', '<a@b>', `${'x'.repeat(250)}@b.example`])(
    'refuses the address %j',
    (email) => {
      expect(() => assertGoodProfile({ ...NO_PROFILE, email })).toThrow('email');
    },
  );

  it('refuses texts that are too long, or cannot be seen', () => {
    expect(() => assertGoodProfile({ ...NO_PROFILE, realName: 'x'.repeat(256) })).toThrow('the real name');
    expect(() => assertGoodProfile({ ...NO_PROFILE, comment: 'a\u0000' })).toThrow('the comment');
  });
});
