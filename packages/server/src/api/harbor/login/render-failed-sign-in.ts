import { escapeHtml, renderPage, renderProblem } from '../../../http/pages/plain-page.ts';

/** For a browser that cannot show JSON to its user. Nothing of a request or of a provider's answer is in the message. */
export function renderFailedSignIn(message: string, requestId: string): string {
  const soft = `<p class="soft">Request ${escapeHtml(requestId)}</p>`;
  return renderPage('You are not signed in', `${renderProblem(message)}\n${soft}`);
}
