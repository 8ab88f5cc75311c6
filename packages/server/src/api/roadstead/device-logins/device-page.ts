import { escapeHtml, hidden, renderPage, renderProblem } from '../../../http/pages/plain-page.ts';
import type { WaitingLogin } from '../../../identity/device-logins/device-login.ts';

const PATH = '/device';

/** Where people sign in who have no password here. */
export interface OfferedProvider {
  readonly id: string;
  readonly name: string;
}

/** For who is not signed in. @param problem what was wrong with the last try */
export function renderSignIn(userCode: string, providers: readonly OfferedProvider[], problem?: string): string {
  return renderPage(
    'Sign in first',
    `${renderProblem(problem)}
<p>A program asks to use this registry as you. Sign in to see which one.</p>
${renderWays(userCode, providers)}
<form method="post" action="${PATH}/sign-in">${hidden('user_code', userCode)}
<label>User name<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required${providers.length === 0 ? ' autofocus' : ''}></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>`,
  );
}

function renderWays(userCode: string, providers: readonly OfferedProvider[]): string {
  if (providers.length === 0) return '';
  const back = userCode === '' ? PATH : `${PATH}?user_code=${userCode}`;
  const ways = providers.map(({ id, name }) => {
    const target = `/c/oidc/login?${new URLSearchParams({ provider: id, redirect_url: back })}`;
    return `<li><a href="${escapeHtml(target)}">Sign in with ${escapeHtml(name)}</a></li>`;
  });
  return `<ul class="ways">\n${ways.join('\n')}\n</ul>\n<p class="or">or with a password of this registry or your directory</p>`;
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
  return renderPage(
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
  return renderPage(
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
  return renderPage(
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
  if (!isApproved) return renderPage('It was not let in', `<p>${name} gets nothing. You can close this page.</p>`);
  return renderPage(
    'It is let in',
    `<p>${name} uses this registry as ${escapeHtml(username)} now, with an access token of its own. You can close this page.</p>
<p class="soft">To end it, revoke the token: <code>roadstead token list</code>, <code>roadstead token revoke</code>.</p>`,
  );
}

/** `2026-11-23 06:41 UTC`: the page does not know the zone of who reads it. */
function renderMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function signedInAs(username: string): string {
  return `<p class="soft">You are signed in as ${escapeHtml(username)}.</p>`;
}
