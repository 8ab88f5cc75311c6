import { ProductError } from '../../kernel/errors.ts';
import { audienceOf, type OidcProvider } from '../providers/login-provider.ts';
import type { WantedProvider } from '../providers/login-providers.ts';
import { type OidcSettings, readOidcSettings } from '../providers/oidc-settings.ts';
import { isProviderSecret } from '../providers/provider-secret.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a POST of OVH's API asks for. */
export interface WantedOpenIdConnect {
  readonly deletesUsers: boolean;
  readonly provider: WantedProvider;
}

/** Fields of OVH's that have to be there when a provider is made. */
const NEEDED = ['name', 'endpoint', 'clientId', 'clientSecret', 'scope'];
/** They may be null: then it is as if they were never set. */
const OPTIONAL = ['groupFilter', 'groupsClaim', 'adminGroup', 'userClaim', 'autoOnboard'] as const;
/** Shown with the others, and sent back by those who change what they were shown: nothing follows from them. */
const SHOWN_ONLY = ['id', 'status', 'createdAt', 'updatedAt'];
const FIELDS: readonly string[] = [...NEEDED, ...OPTIONAL, 'verifyCert', ...SHOWN_ONLY];

/**
 * @param body OVH's OIDCPost: `{deleteUsers?, provider}`
 * @param before the provider that is replaced; what OVH's object has no field for stays
 * @throws ProductError BAD_REQUEST
 */
export function readOpenIdConnectPost(body: unknown, before: OidcProvider | undefined): WantedOpenIdConnect {
  const { provider, deleteUsers, ...others } = readObject('the body', body);
  assertNoOthers('the body', others);
  const deletesUsers = deleteUsers ?? false;
  if (typeof deletesUsers !== 'boolean') throw invalid('deleteUsers must be true or false');
  const fields = readObject('provider', provider);
  const missing = NEEDED.find((name) => [undefined, null, ''].includes(fields[name] as undefined));
  if (missing !== undefined) throw invalid(`provider.${missing} is needed`);
  // OVH's object has no fields for these.
  const kept = before && {
    groupPrefix: before.settings.groupPrefix,
    endsProviderSession: before.settings.endsProviderSession,
    extraParameters: before.settings.extraParameters,
  };
  return { deletesUsers, provider: readProvider(fields, before, kept ?? {}) };
}

/**
 * @param body OVH's OIDCPut: the fields that change, as the schema has them or below `provider` as the guide does
 * @throws ProductError BAD_REQUEST
 */
export function readOpenIdConnectPut(body: unknown, before: OidcProvider): WantedProvider {
  const outer = readObject('the body', body);
  const { provider, ...others } = outer;
  if (provider !== undefined) assertNoOthers('the body', others);
  const fields = provider === undefined ? outer : readObject('provider', provider);
  const wanted = readProvider(fields, before, before.settings);
  const isElsewhere = audienceOf(wanted) !== audienceOf(before);
  if (isElsewhere && before.hasSecret && wanted.secret === undefined) {
    throw invalid('clientSecret has to be given again with another endpoint: it would be sent there');
  }
  return wanted;
}

/** @param kept what holds where the fields say nothing */
function readProvider(fields: Fields, before: OidcProvider | undefined, kept: Partial<OidcSettings>): WantedProvider {
  const { endpoint, clientId, scope } = fields;
  assertNoOthers('provider', Object.fromEntries(Object.entries(fields).filter(([name]) => !FIELDS.includes(name))));
  if (![undefined, null, true].includes(fields['verifyCert'] as undefined)) {
    throw invalid('verifyCert must be true: certificates of providers are always checked');
  }
  const said = OPTIONAL.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]);
  const secret = readSecret(fields['clientSecret'] ?? undefined);
  return {
    kind: 'oidc',
    name: readName(fields['name'] ?? before?.name),
    settings: readSettings({
      ...{ ...kept, ...Object.fromEntries(said) },
      ...(isSaid(endpoint) && { issuer: endpoint }),
      ...(isSaid(clientId) && { clientId }),
      ...(isSaid(scope) && { scopes: readScopes(scope) }),
    }),
    ...(secret !== undefined && { secret }),
  };
}

function readSettings(settings: Fields): OidcSettings {
  try {
    return readOidcSettings(settings);
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    const names: Readonly<Record<string, string>> = { issuer: 'endpoint', scopes: 'scope' };
    throw invalid(error.message.replaceAll(/\bsettings\.(\w+)/g, (_, name: string) => names[name] ?? name));
  }
}

function readScopes(value: unknown): readonly string[] {
  if (typeof value !== 'string') throw invalid('scope must be a text: scopes with commas in between');
  return value.split(/[,\s]+/).filter((scope) => scope !== '');
}

function readName(value: unknown): string {
  if (typeof value !== 'string') throw invalid('name must be a text');
  return value;
}

function readSecret(value: unknown): string | undefined {
  if (value === undefined || isProviderSecret('oidc', value)) return value;
  throw invalid('clientSecret must be a text of printable characters');
}

function readObject(name: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${name} must be an object`);
  return value as Fields;
}

function assertNoOthers(name: string, others: Fields): void {
  const [other] = Object.keys(others);
  if (other !== undefined) throw invalid(`${name} has no field ${JSON.stringify(other.slice(0, 50))}`);
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function invalid(message: string): ProductError {
  return new ProductError('BAD_REQUEST', message);
}
