import { createHash } from 'node:crypto';
import { visibleText } from '../../kernel/visible-text.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #566273; --page: #eef1f5; --card: #fff; --line: #cfd6df;
  --strong: #0b57a4; --on-strong: #fff; --bad: #a3231d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf4; --soft: #a5b1c2; --page: #10151c; --card: #1a212b;
  --line: #3a4656; --strong: #7db4f2; --on-strong: #0c1520; --bad: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--page);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 30rem; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
header { color: var(--soft); font-weight: 600; }
h1 { margin: .25rem 0 1rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
.code { margin: 0 0 1rem; padding: .75rem; border: 1px dashed var(--line); border-radius: .5rem; text-align: center;
  font: 600 1.6rem/1.2 ui-monospace, monospace; letter-spacing: .12em; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
label { display: block; margin: 0 0 1rem; font-weight: 600; }
input { display: block; width: 100%; margin-top: .25rem; padding: .6rem .7rem; border: 1px solid var(--soft); border-radius: .4rem;
  background: var(--card); color: inherit; font: inherit; font-weight: 400; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; }
.row form { flex: 1 1 8rem; }
button { width: 100%; min-height: 2.75rem; padding: .6rem 1rem; border: 1px solid var(--strong); border-radius: .4rem;
  background: var(--strong); color: var(--on-strong); font: inherit; font-weight: 600; cursor: pointer; }
button.plain { background: transparent; color: var(--ink); border-color: var(--soft); }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px; }
.bad { color: var(--bad); font-weight: 600; }
.soft { color: var(--soft); font-size: .925rem; margin-bottom: 0; }
.ways { display: grid; gap: .75rem; margin: 0 0 1.25rem; padding: 0; list-style: none; }
.ways a { display: block; padding: .6rem 1rem; border: 1px solid var(--strong); border-radius: .4rem; color: var(--strong);
  font-weight: 600; text-align: center; text-decoration: none; overflow-wrap: anywhere; }
.or { color: var(--soft); text-align: center; }
@media (max-width: 26rem) { main { padding: 1.25rem; } dl { display: block; } dd { margin-bottom: .5rem; } }
.row + .soft, form + .soft { margin-top: 1rem; }
`;

/** Nothing is loaded, nothing runs, nobody frames it, and forms go nowhere else. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // With none at all browsers say `Origin: null`, which is a page of nobody.
  'referrer-policy': 'same-origin',
};

/** A whole page. @param content HTML, in which what others have written is escaped */
export function renderPage(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Roadstead</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>Roadstead</header>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
}

/** What was wrong with the last try: the message of an error, as a sentence. */
export function renderProblem(problem: string | undefined): string {
  if (problem === undefined) return '';
  const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1).replace(/[.]?$/, '.')}`;
  return `<p class="bad" role="alert">${escapeHtml(sentence)}</p>`;
}

export function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return visibleText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
