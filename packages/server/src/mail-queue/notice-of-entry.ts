import type { Notice } from './notice.ts';

/** As much as matters here of what the journal is told. */
export interface NotedChange {
  readonly at: number;
  readonly actor: { readonly address: string };
  readonly kind: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What is to be told to the owner of an account, by the kind of the journal's entry that tells of it. */
const NOTICES: Readonly<Record<string, (entry: NotedChange) => Notice | undefined>> = {
  'user.password-changed': (entry) => ({ kind: 'password-changed', ...whenAndWhere(entry) }),
  'second-factor.enrolled': (entry) => ({ kind: 'second-factor-added', ...whenAndWhere(entry) }),
  'second-factor.removed': (entry) =>
    entry.detail['wasConfirmed'] === false ? undefined : { kind: 'second-factor-removed', ...whenAndWhere(entry) },
  'recovery-code.used': (entry) => ({
    kind: 'recovery-code-used',
    ...whenAndWhere(entry),
    left: Number(entry.detail['left']),
  }),
};

/** @returns the mail that the owner of an account gets because of a change, with the owner; undefined: none */
export function noticeOfEntry(entry: NotedChange): { readonly userId: number; readonly notice: Notice } | undefined {
  if (!Object.hasOwn(NOTICES, entry.kind)) return undefined;
  const userId = entry.detail['userId'];
  const notice = NOTICES[entry.kind]?.(entry);
  return typeof userId === 'number' && notice !== undefined ? { userId, notice } : undefined;
}

function whenAndWhere({ at, actor }: NotedChange): { readonly at: number; readonly from: string } {
  return { at, from: actor.address };
}
