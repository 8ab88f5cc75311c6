import type { Notice, NoticeKind } from '../../../mail-queue/notice.ts';
import type { MailLanguage } from '../mail-settings.ts';
import type { MailWords } from './rendered-mail.ts';

/** What the words of every mail may need. */
export interface NoticeContext {
  /** What the instance is called by others. */
  readonly registry: string;
  /** Who is written to. */
  readonly username: string;
  /** Where the mail leads, if it has a link. */
  readonly url?: string | undefined;
}

/** Of a list; how many more there are is said. */
export const MAX_THINGS = 50;

/** The words of each notice in one language. */
export type NoticeWords = {
  readonly [Kind in NoticeKind]: (
    notice: Extract<Notice, { readonly kind: Kind }>,
    context: NoticeContext,
  ) => MailWords;
};

/** The day stands before the month in both. */
const LOCALES: Readonly<Record<MailLanguage, string>> = { en: 'en-GB', fr: 'fr' };

/** @param at milliseconds UTC */
export function renderInstantIn(language: MailLanguage, at: number): string {
  const format = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(at)} UTC`;
}

/** @param at milliseconds UTC */
export function renderDayIn(language: MailLanguage, at: number): string {
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}
