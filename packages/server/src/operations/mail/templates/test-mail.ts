import type { MailLanguage } from '../mail-settings.ts';
import { type MailWords, type RenderedMail, renderMail } from './rendered-mail.ts';

/** @param registry what the instance is called by others */
export function renderTestMail(language: MailLanguage, registry: string): RenderedMail {
  return renderMail(language, WORDS[language](registry));
}

const WORDS: Readonly<Record<MailLanguage, (registry: string) => MailWords>> = {
  en: (registry) => ({
    subject: `Test mail from ${registry}`,
    paragraphs: [
      `The registry ${registry} can send mail.`,
      'An administrator asked for this message. There is nothing to do.',
    ],
  }),
  fr: (registry) => ({
    subject: `Message d’essai de ${registry}`,
    paragraphs: [
      `Le registre ${registry} peut envoyer du courrier.`,
      'Un administrateur a demandé ce message. Vous n’avez rien à faire.',
    ],
  }),
};
