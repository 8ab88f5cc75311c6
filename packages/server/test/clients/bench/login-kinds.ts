import { WORKLOAD_KINDS } from './workload-logins.ts';

/** What people and machines sign in with besides the password of an account. */
export const LOGIN_KINDS = [
  'an access token',
  'a robot’s secret',
  ...WORKLOAD_KINDS,
  'a directory’s password',
  'a CLI secret',
] as const;

export type LoginKind = (typeof LOGIN_KINDS)[number];

export interface Login {
  readonly username: string;
  readonly password: string;
}

export type Logins = Readonly<Partial<Record<LoginKind, Login>>>;
