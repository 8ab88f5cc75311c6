/** For a browser that cannot show JSON to its user. Nothing of a request or of a provider's answer is in the message. */
export function renderFailedSignIn(message: string, requestId: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<title>Sign-in failed</title>',
    '<h1>You are not signed in</h1>',
    `<p>${escapeHtml(message)}.</p>`,
    `<p>Request ${escapeHtml(requestId)}</p>`,
    '</html>',
    '',
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[^\w .,:;()/-]/gu, (character) => `&#${character.codePointAt(0)};`);
}
