import type { Sender } from '../../kernel/mail-address.ts';

export const MAIL_SECURITIES = ['none', 'starttls', 'tls'] as const;
/** `starttls`: the connection begins in the clear, and ends where it cannot be encrypted. `tls`: it is from its first byte on. */
export type MailSecurity = (typeof MAIL_SECURITIES)[number];

export const MAIL_LANGUAGES = ['en', 'fr'] as const;
export type MailLanguage = (typeof MAIL_LANGUAGES)[number];

/** The server that takes the mail of an instance. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  /** Absent: the server asks for none. */
  readonly username?: string;
  /** Whether its certificate has to be good for its name. */
  readonly verifiesCertificate: boolean;
  /** PEM, in place of the public authorities. */
  readonly certificateAuthority?: string;
}

/** How an instance sends mail. */
export interface MailSettings {
  readonly isEnabled: boolean;
  readonly server: MailServer;
  readonly from: Sender;
  /** Of those who have not chosen one. */
  readonly language: MailLanguage;
}

/** Where the sealed password lies (`table|row|column`). */
export const MAIL_PASSWORD_PLACE = 'mail_settings|main|password';
