import { createHash } from 'node:crypto';
import type { WaitingLogin } from '../../../identity/device-logins/device-login.ts';
import { visibleText } from '../../../kernel/visible-text.ts';

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

const PATH = '/device';

/** For who is not signed in. @param problem what was wrong with the last try */
export function renderSignIn(userCode: string, problem?: string): string {
  return page(
    'Sign in first',
    `${renderProblem(problem)}
<p>A program asks to use this registry as you. Sign in to see which one.</p>
<form method="post" action="${PATH}/sign-in">${hidden('user_code', userCode)}
<label>User name<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>`,
  );
}

/** For who has given the right password, and has a second factor. */
export function renderSecondStep(
  {
    userCode,
    challenge,
    methods,
  }: { readonly userCode: string; readonly challenge: string; readonly methods: readonly string[] },
  problem?: string,
): string {
  const hasApp = methods.includes('totp');
  const label = hasApp ? 'Code of your authenticator app, or a recovery code' : 'Recovery code';
  const passkey = methods.includes('passkey')
    ? '<p class="soft">To use a passkey instead, sign in with it at this registry in this browser, and come back to this address.</p>'
    : '';
  return page(
    'Second step',
    `${renderProblem(problem)}
<form method="post" action="${PATH}/second-factor">${hidden('user_code', userCode)}${hidden('challenge', challenge)}${hidden('methods', methods.join(' '))}
<label>${label}<input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required autofocus></label>
<button>Go on</button></form>
${passkey}`,
  );
}

/** Asks for the code that the program shows. */
export function renderCodeForm(username: string, problem?: string): string {
  return page(
    'Enter the code',
    `${renderProblem(problem)}
<p>Type the code that the program shows on its terminal.</p>
<form method="get" action="${PATH}">
<label>Code<input name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" placeholder="BCDF-GHJK" required autofocus></label>
<button>Go on</button></form>
${signedInAs(username)}`,
  );
}

/** Shows who asks, and asks for the decision. */
export function renderDecision(login: WaitingLogin, username: string, csrfToken: string): string {
  const form = (decision: string, words: string, look: string) =>
    `<form method="post" action="${PATH}/decide">${hidden('user_code', login.userCode)}${hidden('csrf', csrfToken)}${hidden('decision', decision)}<button${look}>${words}</button></form>`;
  const rows = [
    ['Machine', login.clientName || 'It gives no name'],
    ['Network address', login.address],
    ['Program', login.userAgent || 'It gives no name'],
    ['Asked at', renderMinute(login.createdAt)],
  ] as const;
  const list = rows.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('\n');
  return page(
    'Let this program in?',
    `<p>The program must show this code. If it shows another one, or you did not start it yourself just now, say no.</p>
<p class="code">${login.userCode}</p>
<dl>
${list}
</dl>
<div class="row">${form('approve', 'Let it in', '')}${form('deny', 'No', ' class="plain"')}</div>
${signedInAs(username)}`,
  );
}

export function renderDecided(isApproved: boolean, { clientName }: WaitingLogin, username: string): string {
  const name = clientName === '' ? 'The program' : `The program on ${escapeHtml(clientName)}`;
  if (!isApproved) return page('It was not let in', `<p>${name} gets nothing. You can close this page.</p>`);
  return page(
    'It is let in',
    `<p>${name} uses this registry as ${escapeHtml(username)} now, with an access token of its own. You can close this page.</p>
<p class="soft">To end it, revoke the token: <code>roadstead token list</code>, <code>roadstead token revoke</code>.</p>`,
  );
}

/** What cannot go on. */
export function renderRefusal(message: string): string {
  return page('This does not go on', renderProblem(message));
}

function page(title: string, content: string): string {
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

/** `2026-11-23 06:41 UTC`: the page does not know the zone of who reads it. */
function renderMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function signedInAs(username: string): string {
  return `<p class="soft">You are signed in as ${escapeHtml(username)}.</p>`;
}

function renderProblem(problem: string | undefined): string {
  return problem === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(problem)}</p>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return visibleText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
