import type { Profile } from './profile.ts';

/** An account as those who look after accounts see it. */
export interface Account extends Profile {
  readonly id: number;
  readonly name: string;
  readonly isAdministrator: boolean;
  /** Null: it is not. */
  readonly disabledAt: number | null;
  readonly mustChangePassword: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}
