import type { MailLanguage } from '../mail-settings.ts';

/** What a mail says. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The words of a mail in one language. Paragraphs are plain text, whatever is in them. */
export interface MailWords {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Stands in a line of its own, after the first paragraph. */
  readonly link?: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const LINE_ENDS = /[\r\n\u0085\u2028\u2029]+/g;

/** Makes plain text and simple HTML of the words: everything in them is text, nothing is markup. */
export function renderMail(language: MailLanguage, { subject, paragraphs, link }: MailWords): RenderedMail {
  const [first = '', ...rest] = paragraphs.map((paragraph) => paragraph.replace(LINE_ENDS, ' '));
  const lines = link === undefined ? [first, ...rest] : [first, link, ...rest];
  const toHtml = (line: string) => {
    const escaped = escapeHtml(line);
    return line === link ? `<p><a href="${escaped}">${escaped}</a></p>` : `<p>${escaped}</p>`;
  };
  const body = lines.map(toHtml).join('\n');
  return {
    subject: subject.replace(LINE_ENDS, ' '),
    text: `${lines.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${language}">\n<meta charset="utf-8">\n<title>${escapeHtml(subject)}</title>\n<body>\n${body}\n</body>\n</html>\n`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
