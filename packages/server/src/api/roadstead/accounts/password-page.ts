import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** What the page says, in each language. */
const WORDS = {
  en: {
    title: 'Choose a password',
    password: 'New password',
    again: 'Once more',
    send: 'Set the password',
    differ: 'These are two different passwords.',
    done: 'The password is set. You can sign in with it now.',
    none: 'This address is not complete: use the link of the mail as it is.',
    failed: 'The server cannot be reached. Try again.',
  },
  fr: {
    title: 'Choisir un mot de passe',
    password: 'Nouveau mot de passe',
    again: 'Encore une fois',
    send: 'Enregistrer le mot de passe',
    differ: 'Les deux mots de passe sont différents.',
    done: 'Le mot de passe est enregistré. Vous pouvez maintenant vous connecter.',
    none: 'Cette adresse n’est pas complète : utilisez le lien du message tel quel.',
    failed: 'Le serveur ne répond pas. Essayez encore.',
  },
} as const;

// The token stands after the `#`, which no browser sends, and goes from the address bar at once.
const SCRIPT = `
const form = document.forms[0], said = document.getElementById('said'), words = form.dataset;
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname + location.search);
const say = (text) => { said.textContent = text; };
if (!/^[A-Za-z0-9_-]{43}$/.test(token)) { form.hidden = true; say(words.none); }
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const password = form.password.value;
  if (password !== form.again.value) return say(words.differ);
  say('');
  form.send.disabled = true;
  try {
    const answer = await fetch('/api/roadstead/v1/password-resets/complete', {
      method: 'POST', credentials: 'omit', referrerPolicy: 'no-referrer',
      headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token, password }),
    });
    if (answer.ok) { form.hidden = true; return say(words.done); }
    const told = await answer.json().catch(() => undefined);
    say(told?.errors?.[0]?.message ?? words.failed);
  } catch { say(words.failed); } finally { form.send.disabled = false; }
});
`;

const STYLE = `
body { margin: 0; padding: 48px 16px; background: #eef2f6; color: #1c2733; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 32px; background: #fff; border: 1px solid #d5dde6; border-radius: 8px; }
h1 { margin: 0 0 16px; font-size: 21px; color: #0b2540; }
label { display: block; margin: 0 0 16px; font-weight: 600; }
input { display: block; box-sizing: border-box; width: 100%; margin-top: 4px; padding: 10px; font: inherit; border: 1px solid #9aa9b8; border-radius: 6px; }
button { padding: 12px 22px; font: inherit; font-weight: 600; color: #fff; background: #0b5cad; border: 0; border-radius: 6px; cursor: pointer; }
#said { margin: 16px 0 0; }
#said:empty { display: none; }
`;

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
/** Nothing but this script and this style, no frame around it, and nowhere to send anything but here. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** The page that links in mails lead to. It is the same for everybody: what the link opens is known to the browser alone. */
export function registerPasswordPage(app: FastifyInstance): void {
  const pages = { en: renderPage('en'), fr: renderPage('fr') };
  app.get('/set-password', async (request, reply) => {
    const { lang } = request.query as Readonly<Record<string, unknown>>;
    return reply.headers(HEADERS).send(lang === 'fr' ? pages.fr : pages.en);
  });
}

function renderPage(language: keyof typeof WORDS): string {
  const words = WORDS[language];
  const input = (name: string, label: string) =>
    `<label>${label}<input name="${name}" type="password" autocomplete="new-password" required maxlength="1024"></label>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${words.title}</h1>
<form data-differ="${words.differ}" data-done="${words.done}" data-none="${words.none}" data-failed="${words.failed}">
${input('password', words.password)}
${input('again', words.again)}
<button name="send">${words.send}</button>
</form>
<p id="said" role="status"></p>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
