import { DENIED_IPV4, DENIED_IPV6, PUBLIC_IPV4, PUBLIC_IPV6 } from './address-corpus.ts';

/** What a name resolves to: for each question the next of its answers, in turn. */
export interface ZoneName {
  readonly name: string;
  readonly a: readonly (readonly string[])[];
  readonly aaaa: readonly (readonly string[])[];
  /** Leads to another name of the zone. */
  readonly alias?: string;
  readonly isDenied: boolean;
  /** Its answers change: one of them may be public, and then a connection to that one is right. */
  readonly isRebinding: boolean;
}

export const PUBLIC_NAME = 'public.test';
const REBINDINGS = 12;

/** The zone `.test` that the name server of the tests answers for. */
export const ZONE: readonly ZoneName[] = [
  fixed(PUBLIC_NAME, [PUBLIC_IPV4], [PUBLIC_IPV6], false),
  ...DENIED_IPV4.map(({ address }, index) => fixed(`four${index}.test`, [address], [], true)),
  ...DENIED_IPV6.map(({ address }, index) => fixed(`six${index}.test`, [], [address], true)),
  ...DENIED_IPV4.map(({ address }, index) => fixed(`mixed${index}.test`, [PUBLIC_IPV4, address], [PUBLIC_IPV6], true)),
  ...DENIED_IPV4.map(({ address }, index) => fixed(`first${index}.test`, [address, PUBLIC_IPV4], [], true)),
  fixed('half.test', [PUBLIC_IPV4], ['::1'], true),
  fixed('other-half.test', ['127.0.0.1'], [PUBLIC_IPV6], true),
  { ...fixed('alias.test', [], [], true), alias: 'four6.test' },
  { ...fixed('long-alias.test', [], [], true), alias: 'alias.test' },
  fixed('10-0-0-1.test', ['10.0.0.1'], [], true),
  fixed('127.0.0.1.test', ['127.0.0.1'], [], true),
  fixed('xn--kgbechtv.test', ['169.254.169.254'], [], true),
  ...Array.from({ length: REBINDINGS }, (_, index) => rebinding(index)),
];

/** Names that the system knows without asking anybody. */
export const LOCAL_NAMES: readonly string[] = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'localhost.localdomain',
  'ip6-localhost',
  'ip6-loopback',
];

function fixed(name: string, a: readonly string[], aaaa: readonly string[], isDenied: boolean): ZoneName {
  return { name, a: [a], aaaa: [aaaa], isDenied, isRebinding: false };
}

/** Public for so many questions, then not, and again: whoever asks twice is led away. */
function rebinding(index: number): ZoneName {
  const denied = DENIED_IPV4[index % DENIED_IPV4.length]?.address ?? '127.0.0.1';
  const publicFirst = index % 2 === 0;
  const turns = publicFirst ? [[PUBLIC_IPV4], [denied]] : [[denied], [PUBLIC_IPV4]];
  return { name: `turn${index}.test`, a: turns, aaaa: [[]], isDenied: !publicFirst, isRebinding: true };
}
