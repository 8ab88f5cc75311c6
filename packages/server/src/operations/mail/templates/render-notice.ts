import type { Notice } from '../../../mail-queue/notice.ts';
import type { MailLanguage } from '../mail-settings.ts';
import { ENGLISH_NOTICES } from './english-notices.ts';
import { FRENCH_NOTICES } from './french-notices.ts';
import type { NoticeContext, NoticeWords } from './notice-words.ts';
import { type MailWords, type RenderedMail, renderMail } from './rendered-mail.ts';

const WORDS: Readonly<Record<MailLanguage, NoticeWords>> = { en: ENGLISH_NOTICES, fr: FRENCH_NOTICES };

/** Makes the mail of a notice. */
export function renderNotice(language: MailLanguage, notice: Notice, context: NoticeContext): RenderedMail {
  // Each kind has the function of its own notice.
  const toWords = WORDS[language][notice.kind] as (notice: Notice, context: NoticeContext) => MailWords;
  return renderMail(language, toWords(notice, context));
}
