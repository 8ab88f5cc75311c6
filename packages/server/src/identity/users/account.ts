import type { Profile } from './profile.ts';

/** What an account may have besides its password. */
export type FactorKind = 'totp' | 'passkey';

/** An account as those who look after accounts see it. */
export interface Account extends Profile {
  readonly id: number;
  readonly name: string;
  readonly isAdministrator: boolean;
  /** Null: it is not. */
  readonly disabledAt: number | null;
  readonly mustChangePassword: boolean;
  readonly secondFactors: readonly FactorKind[];
  readonly createdAt: number;
  readonly updatedAt: number;
}
