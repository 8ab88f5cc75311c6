/** What a registry asks for with its 401 (RFC 9110 § 11.6.1). */
export type RegistryChallenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined };

const PARAMETER = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/** @returns undefined for schemes that no registry client speaks */
export function parseRegistryChallenge(header: string | null): RegistryChallenge | undefined {
  const text = (header ?? '').trim();
  if (/^basic\b/i.test(text)) return { scheme: 'basic' };
  if (!/^bearer\s/i.test(text)) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token] of text.slice('bearer'.length).matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? token ?? '');
  }
  const realm = parameters.get('realm');
  return realm === undefined ? undefined : { scheme: 'bearer', realm, service: parameters.get('service') };
}
