import { MAX_THINGS, type NoticeWords, renderDayIn, renderInstantIn } from './notice-words.ts';

const when = (at: number, from: string): string =>
  `This happened on ${renderInstantIn('en', at)}${from === '' ? '' : `, from the address ${from}`}.`;
const IF_NOT_YOU =
  'If it was you, there is nothing to do. If it was not, set a new password now and tell whoever looks after the registry.';

const THINGS = {
  'access-token': 'the access token',
  robot: 'the robot account',
  certificate: 'the certificate for',
} as const;

export const ENGLISH_NOTICES: NoticeWords = {
  'password-changed': ({ at, from }, { registry, username }) => ({
    subject: `Your password at ${registry} was changed`,
    paragraphs: [
      `The password of your account ${username} at the registry ${registry} was changed. Whoever was signed in with the old one is not any more.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'address-changed': ({ at, from }, { registry, username }) => ({
    subject: `The e-mail address of your account at ${registry} was changed`,
    paragraphs: [
      `Your account ${username} at the registry ${registry} has another e-mail address, or none. Mails do not come here any more.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'second-factor-added': ({ at, from }, { registry, username }) => ({
    subject: `A second factor was added to your account at ${registry}`,
    paragraphs: [
      `Your account ${username} at the registry ${registry} has a new second factor.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'second-factor-removed': ({ at, from }, { registry, username }) => ({
    subject: `A second factor was removed from your account at ${registry}`,
    paragraphs: [
      `A second factor of your account ${username} at the registry ${registry} was taken away.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'recovery-code-used': ({ at, from, left }, { registry, username }) => ({
    subject: `A recovery code of your account at ${registry} was used`,
    paragraphs: [
      `Somebody signed in to your account ${username} at the registry ${registry} with a recovery code, or confirmed something with it. ${left === 1 ? '1 code is' : `${left} codes are`} left.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'password-reset': ({ expiresAt, from }, { registry, username, url = '' }) => ({
    subject: `Choose a new password at ${registry}`,
    paragraphs: [
      `Somebody${from === '' ? '' : ` (at the address ${from})`} asked for a new password of your account ${username} at the registry ${registry}. You choose it here:`,
      `The link works once, until ${renderInstantIn('en', expiresAt)}. A second factor is asked for as before.`,
      'If you did not ask for it, there is nothing to do: your password stays as it is.',
    ],
    link: { url, label: 'Choose a password' },
  }),
  invitation: ({ expiresAt, by }, { registry, username, url = '' }) => ({
    subject: `Your account at ${registry}`,
    paragraphs: [
      `${by} has made an account for you at the registry ${registry}. Its name is ${username}. Choose a password, and you can sign in:`,
      `The link works once, until ${renderInstantIn('en', expiresAt)}. Whoever invited you can send another one.`,
    ],
    link: { url, label: 'Choose a password' },
  }),
  'expires-soon': ({ things }, { registry }) => ({
    subject: `Credentials for ${registry} expire soon`,
    paragraphs: [
      `These credentials for the registry ${registry} stop working soon:`,
      ...things
        .slice(0, MAX_THINGS)
        .map(({ what, name, expiresAt }) => `• ${THINGS[what]} “${name}”: ${renderDayIn('en', expiresAt)}`),
      ...(things.length > MAX_THINGS ? [`• and ${things.length - MAX_THINGS} more`] : []),
      'Make new ones in time where something still signs in with them.',
      ...(things.some(({ what }) => what === 'certificate')
        ? ['Nobody can connect any more when the certificate of the server has ended.']
        : []),
      'You can switch these notices off in your mail preferences.',
    ],
  }),
};
