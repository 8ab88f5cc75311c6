import { MAX_THINGS, type NoticeWords, renderDayIn, renderInstantIn } from './notice-words.ts';

const when = (at: number, from: string): string =>
  `Cela s’est passé le ${renderInstantIn('fr', at)}${from === '' ? '' : `, depuis l’adresse ${from}`}.`;
const IF_NOT_YOU =
  'Si c’était vous, vous n’avez rien à faire. Sinon, choisissez tout de suite un nouveau mot de passe et prévenez la personne qui administre le registre.';

const THINGS = {
  'access-token': 'le jeton d’accès',
  robot: 'le compte robot',
  certificate: 'le certificat de',
} as const;

export const FRENCH_NOTICES: NoticeWords = {
  'password-changed': ({ at, from }, { registry, username }) => ({
    subject: `Votre mot de passe sur ${registry} a été changé`,
    paragraphs: [
      `Le mot de passe de votre compte ${username} sur le registre ${registry} a été changé. Les sessions ouvertes avec l’ancien sont terminées.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'address-changed': ({ at, from }, { registry, username }) => ({
    subject: `L’adresse de votre compte sur ${registry} a été changée`,
    paragraphs: [
      `Votre compte ${username} sur le registre ${registry} a une autre adresse électronique, ou n’en a plus. Les messages n’arrivent plus ici.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'second-factor-added': ({ at, from }, { registry, username }) => ({
    subject: `Un second facteur a été ajouté à votre compte sur ${registry}`,
    paragraphs: [
      `Votre compte ${username} sur le registre ${registry} a un nouveau second facteur.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'second-factor-removed': ({ at, from }, { registry, username }) => ({
    subject: `Un second facteur de votre compte sur ${registry} a été retiré`,
    paragraphs: [
      `Un second facteur de votre compte ${username} sur le registre ${registry} a été retiré.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'recovery-code-used': ({ at, from, left }, { registry, username }) => ({
    subject: `Un code de secours de votre compte sur ${registry} a été utilisé`,
    paragraphs: [
      `Un code de secours a servi à ouvrir votre compte ${username} sur le registre ${registry}, ou à confirmer une opération. ${left > 1 ? `Il en reste ${left}` : left === 1 ? 'Il en reste 1' : 'Il n’en reste aucun'}.`,
      when(at, from),
      IF_NOT_YOU,
    ],
  }),
  'password-reset': ({ expiresAt, from }, { registry, username, url = '' }) => ({
    subject: `Choisissez un nouveau mot de passe sur ${registry}`,
    paragraphs: [
      `Quelqu’un${from === '' ? '' : ` (depuis l’adresse ${from})`} a demandé un nouveau mot de passe pour votre compte ${username} sur le registre ${registry}. Vous pouvez le choisir ici :`,
      `Le lien fonctionne une seule fois, jusqu’au ${renderInstantIn('fr', expiresAt)}. Le second facteur reste demandé comme avant.`,
      'Si vous n’avez rien demandé, vous n’avez rien à faire : votre mot de passe ne change pas.',
    ],
    link: { url, label: 'Choisir un mot de passe' },
  }),
  invitation: ({ expiresAt, by }, { registry, username, url = '' }) => ({
    subject: `Votre compte sur ${registry}`,
    paragraphs: [
      `${by} a créé un compte pour vous sur le registre ${registry}. Son nom est ${username}. Choisissez un mot de passe pour pouvoir vous connecter :`,
      `Le lien fonctionne une seule fois, jusqu’au ${renderInstantIn('fr', expiresAt)}. La personne qui vous a invité peut en envoyer un autre.`,
    ],
    link: { url, label: 'Choisir un mot de passe' },
  }),
  'expires-soon': ({ things }, { registry }) => ({
    subject: `Des identifiants pour ${registry} expirent bientôt`,
    paragraphs: [
      `Ces identifiants pour le registre ${registry} cesseront bientôt de fonctionner :`,
      ...things
        .slice(0, MAX_THINGS)
        .map(({ what, name, expiresAt }) => `• ${THINGS[what]} « ${name} » : ${renderDayIn('fr', expiresAt)}`),
      ...(things.length > MAX_THINGS ? [`• et ${things.length - MAX_THINGS} de plus`] : []),
      'Créez-en de nouveaux à temps si quelque chose s’en sert encore.',
      ...(things.some(({ what }) => what === 'certificate')
        ? ['Plus personne ne pourra se connecter quand le certificat du serveur aura expiré.']
        : []),
      'Vous pouvez désactiver ces messages dans vos préférences de courrier.',
    ],
  }),
};
