import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { noSuchUser } from '../../../identity/users/no-such-user.ts';
import type { MailPreferences } from '../../../identity/users/set-mail-preferences.ts';
import { ProductError } from '../../../kernel/errors.ts';
import { MAX_BODY_BYTES } from '../max-body-bytes.ts';
import { type AccountRouteDependencies, admitPerson } from './account-route-dependencies.ts';

/** Each is checked by hand, and said in a sentence. */
const Change = Type.Record(Type.String(), Type.Unknown());
type Change = Type.Static<typeof Change>;

const PATH = '/mail/preferences';
const LANGUAGES: readonly unknown[] = ['en', 'fr', null];

/** In which language somebody gets mails, and which. */
export function registerMailPreferenceRoutes(routes: FastifyInstance, dependencies: AccountRouteDependencies): void {
  routes.get(PATH, async (request) => {
    const { identity, userId } = admitPerson(request, dependencies);
    const preferences = await identity.accounts.mailPreferences(userId);
    if (preferences === undefined) throw noSuchUser();
    return preferences;
  });
  const options = { schema: { body: Change }, bodyLimit: MAX_BODY_BYTES };
  routes.put<{ Body: Change }>(PATH, options, async (request) => {
    const { identity, userId, actor } = admitPerson(request, dependencies);
    const preferences = readPreferences(request.body);
    await identity.accounts.setMailPreferences(userId, preferences, actor);
    return preferences;
  });
}

/** @throws ProductError VALIDATION */
function readPreferences({ language, notices, ...others }: Change): MailPreferences {
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new ProductError('VALIDATION', 'there is no such preference: they are language, notices');
  if (!LANGUAGES.includes(language)) {
    throw new ProductError('VALIDATION', 'language must be "en", "fr", or null for that of the registry');
  }
  if (typeof notices !== 'boolean') throw new ProductError('VALIDATION', 'notices must be true or false');
  return { language: language as string | null, notices };
}
