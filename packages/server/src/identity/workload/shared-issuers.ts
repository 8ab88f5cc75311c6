/** What pins a token of an issuer that many owners share to one of them. */
export interface SharedIssuer {
  readonly host: string;
  /** For people: what to put in the place of what is missing. */
  readonly example: string;
  /** Claims whose whole value must be literal. */
  readonly wholly: readonly string[];
  /** Claims whose value must begin with this and a literal name that ends at `end`. */
  readonly prefixed: Readonly<
    Record<string, { readonly start: string; readonly end: string; readonly mayEnd: boolean }>
  >;
}

const path = (start: string, mayEnd = false) => ({ start, end: '/', mayEnd });
const colon = (start: string) => ({ start, end: ':', mayEnd: false });

/**
 * Issuers that sign for everybody who has an account there. A claim that somebody else can come to have (the name of a branch, or of a
 * workflow that others may call: `job_workflow_ref`) pins nothing.
 */
const SHARED_ISSUERS: readonly SharedIssuer[] = [
  {
    host: 'token.actions.githubusercontent.com',
    example: '"repository_owner": ["octo-org"]',
    wholly: ['repository_owner', 'repository_owner_id', 'repository_id', 'enterprise', 'enterprise_id'],
    prefixed: { repository: path(''), sub: path('repo:') },
  },
  {
    host: 'gitlab.com',
    example: '"project_path": ["group/project"]',
    wholly: ['namespace_id', 'project_id'],
    prefixed: { namespace_path: path('', true), project_path: path(''), sub: path('project_path:') },
  },
  {
    host: 'oidc.circleci.com',
    example: '"oidc.circleci.com~1project-id": ["<id>"]',
    wholly: ['oidc.circleci.com~1project-id', 'oidc.circleci.com~1org-id'],
    prefixed: { sub: path('org/') },
  },
  {
    host: 'agent.buildkite.com',
    example: '"organization_slug": ["acme"]',
    wholly: ['organization_slug', 'organization_id', 'pipeline_id'],
    prefixed: { sub: colon('organization:') },
  },
  {
    host: 'app.terraform.io',
    example: '"terraform_organization_name": ["acme"]',
    wholly: ['terraform_organization_name', 'terraform_organization_id'],
    prefixed: { sub: colon('organization:') },
  },
  { host: 'accounts.google.com', example: '"email": ["ci@acme.example"]', wholly: ['sub', 'email'], prefixed: {} },
  {
    host: 'oidc.vercel.com',
    example: '"owner": ["acme"]',
    wholly: ['owner', 'owner_id'],
    prefixed: { sub: colon('owner:') },
  },
];

export function findSharedIssuer(issuer: string): SharedIssuer | undefined {
  const host = new URL(issuer).hostname.replace(/\.$/, '');
  return SHARED_ISSUERS.find((shared) => shared.host === host);
}

/** Whether every token that the glob describes is of one owner. */
export function pinsOwner({ wholly, prefixed }: SharedIssuer, claim: string, glob: string): boolean {
  if (wholly.includes(claim)) return !glob.includes('*');
  const prefix = Object.hasOwn(prefixed, claim) ? prefixed[claim] : undefined;
  if (prefix === undefined || !glob.startsWith(prefix.start)) return false;
  const rest = glob.slice(prefix.start.length);
  const end = rest.indexOf(prefix.end);
  const owner = end < 0 ? rest : rest.slice(0, end);
  return owner !== '' && !owner.includes('*') && (end >= 0 || prefix.mayEnd);
}
