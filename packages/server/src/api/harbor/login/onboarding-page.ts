import type { FastifyInstance } from 'fastify';
import { assertSameOrigin, CSRF_HEADER } from '../../../http/assert-not-forged.ts';
import { MAX_FORM_BYTES, readForm, takeForms } from '../../../http/pages/forms.ts';
import { escapeHtml, renderPage, renderProblem } from '../../../http/pages/plain-page.ts';
import { sendPage, sendRefusal } from '../../../http/pages/send-page.ts';
import { SIGN_IN } from '../../../http/route-access.ts';
import { readSignInCookie } from '../../../http/sign-in-cookie.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { OidcRouteDependencies } from './oidc-routes.ts';
import { browserOf, signedIn } from './signing-in-browser.ts';

/** Where the callback sends a browser whose user has no account yet (Harbor's address). */
const PATH = '/oidc-onboard';

/** The page on which somebody who comes from a provider chooses a user name: plain HTML and a form. */
export function registerOnboardingPage(app: FastifyInstance, dependencies: OidcRouteDependencies): void {
  const { instanceOf, actorOf, exchangeOf } = dependencies;
  app.register(
    async (routes) => {
      takeForms(routes);
      routes.get('/', { errorHandler: sendRefusal, exposeHeadRoute: false }, async (request, reply) => {
        const exchange = exchangeOf(request);
        if (readSignInCookie(exchange) === undefined) throw new ProductError('BAD_REQUEST', NONE);
        return sendPage(reply, 200, renderForm((exchange.query.get('username') ?? '').slice(0, MAX_USERNAME)));
      });
      const options = { config: SIGN_IN, bodyLimit: MAX_FORM_BYTES, errorHandler: sendRefusal };
      routes.post('/', options, async (request, reply) => {
        const exchange = exchangeOf(request);
        assertSameOrigin(exchange);
        const username = (readForm(request).get('username') ?? '').trim();
        const { oidcSignIns } = instanceOf(request).identity;
        try {
          const { opened, redirectTo } = await oidcSignIns.onboard(username, browserOf(exchange, actorOf(request)));
          return signedIn(exchange, reply, opened).removeHeader(CSRF_HEADER).redirect(redirectTo, 303);
        } catch (error) {
          if (!(error instanceof ProductError) || !RETRIED.has(error.code)) throw error;
          return sendPage(reply, error.status, renderForm(username, error.message));
        }
      });
    },
    { prefix: PATH },
  );
}

const MAX_USERNAME = 255;
const NONE = 'no sign-in has come this far in this browser: begin again';
/** Another name may do. */
const RETRIED: ReadonlySet<string> = new Set(['BAD_REQUEST', 'CONFLICT']);

function renderForm(username: string, problem?: string): string {
  return renderPage(
    'Choose a user name',
    `${renderProblem(problem)}
<p>You have signed in for the first time. Choose the name that this registry knows you by; it cannot be that of another account.</p>
<form method="post" action="${PATH}">
<label>User name<input name="username" value="${escapeHtml(username)}" maxlength="${MAX_USERNAME}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<button>Make my account</button></form>`,
  );
}
