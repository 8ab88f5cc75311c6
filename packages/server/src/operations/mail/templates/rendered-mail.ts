import type { MailLanguage } from '../mail-settings.ts';

/** What a mail says. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The words of a mail in one language. All of them are plain text, whatever is in them. */
export interface MailWords {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Stands after the first paragraph: as a button with these words, and as it is. */
  readonly link?: { readonly url: string; readonly label: string };
  /** Who sent it and why, in small letters at the end. */
  readonly footer?: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const LINE_ENDS = /[\r\n\u0085\u2028\u2029]+/g;
/** Names of hosts can be long; a header takes no more. */
const MAX_SUBJECT_CHARACTERS = 100;

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
// Many readers of mail know styles on elements only, and tables rather than boxes.
const STYLES = {
  body: `margin:0;padding:24px 12px;background:#eef2f6;color:#1c2733;${FONT};font-size:16px;line-height:1.5`,
  card: 'max-width:560px;width:100%;background:#ffffff;border:1px solid #d5dde6;border-radius:8px',
  inside: 'padding:32px',
  heading: 'margin:0 0 16px;font-size:21px;line-height:1.3;color:#0b2540;overflow-wrap:anywhere',
  paragraph: 'margin:0 0 16px;overflow-wrap:anywhere',
  button:
    'display:inline-block;padding:12px 22px;background:#0b5cad;color:#ffffff;font-weight:600;border-radius:6px;text-decoration:none',
  link: 'margin:0 0 16px;font-size:13px;color:#56677a;overflow-wrap:anywhere;word-break:break-all',
  footer:
    'margin:24px 0 0;padding-top:16px;border-top:1px solid #e3e9ef;font-size:13px;color:#56677a;overflow-wrap:anywhere',
} as const;

/** Makes plain text and HTML of the words: everything in them is text, nothing is markup. */
export function renderMail(language: MailLanguage, { subject, paragraphs, link, footer }: MailWords): RenderedMail {
  const [first = '', ...rest] = paragraphs.map(toOneLine);
  const head = shorten(toOneLine(subject));
  const last = footer === undefined ? [] : [toOneLine(footer)];
  const lines = [first, ...(link === undefined ? [] : [link.url]), ...rest];
  const toHtml = (line: string) => `<p style="${STYLES.paragraph}">${escapeHtml(line)}</p>`;
  const parts = [
    `<h1 style="${STYLES.heading}">${escapeHtml(head)}</h1>`,
    toHtml(first),
    ...(link === undefined ? [] : renderLink(link)),
    ...rest.map(toHtml),
    ...last.map((line) => `<p style="${STYLES.footer}">${escapeHtml(line)}</p>`),
  ];
  return {
    subject: head,
    text: `${[...lines, ...last.flatMap((line) => ['--', line])].join('\n\n')}\n`,
    html: renderPage(language, head, parts.join('\n')),
  };
}

function renderLink({ url, label }: NonNullable<MailWords['link']>): readonly string[] {
  const href = escapeHtml(url);
  return [
    `<p style="${STYLES.paragraph}"><a href="${href}" style="${STYLES.button}">${escapeHtml(toOneLine(label))}</a></p>`,
    `<p style="${STYLES.link}">${href}</p>`,
  ];
}

function renderPage(language: MailLanguage, title: string, content: string): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
</head>
<body style="${STYLES.body}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="${STYLES.card}"><tr><td style="${STYLES.inside}">
${content}
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

function toOneLine(text: string): string {
  return text.replace(LINE_ENDS, ' ');
}

function shorten(text: string): string {
  if (text.length <= MAX_SUBJECT_CHARACTERS) return text;
  return `${text.slice(0, MAX_SUBJECT_CHARACTERS - 1).replace(/\p{Cs}$/u, '')}…`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
