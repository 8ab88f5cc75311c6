/** The rule that allowed something, or why none did. */
export type Rule =
  | { readonly kind: 'administrator' }
  | { readonly kind: 'system' }
  | { readonly kind: 'public-project' }
  | { readonly kind: 'internal-project' }
  | {
      readonly kind: 'role';
      /** A name of Harbor's, or that of a custom role. */
      readonly role: string;
      /** The group that has the role; undefined when the user has it. */
      readonly group: string | undefined;
      /** The pattern of repositories that it is for; empty: the whole project. */
      readonly repositories: string;
    }
  | { readonly kind: 'given'; readonly scope: 'system' | 'all-projects' | 'project' }
  | { readonly kind: 'may-create-projects' }
  /** An explicit deny of the robot or the access token. */
  | { readonly kind: 'denied' }
  /** The holder may, and the access token was not given it. */
  | { readonly kind: 'beyond-token' }
  | { readonly kind: 'no-rule' };

export interface Decision {
  readonly isAllowed: boolean;
  readonly rule: Rule;
}

export function allow(rule: Rule): Decision {
  return { isAllowed: true, rule };
}

export const NO_RULE: Decision = { isAllowed: false, rule: { kind: 'no-rule' } };

/** One sentence for people: which rule it was. */
export function explainRule(rule: Rule): string {
  switch (rule.kind) {
    case 'administrator':
      return 'administrators may do everything';
    case 'system':
      return 'the system itself may do everything';
    case 'public-project':
      return 'the project is public';
    case 'internal-project':
      return 'the project is internal: everybody who is signed in may read it';
    case 'role':
      return (
        `the role ${rule.role}${rule.group === undefined ? '' : ` of the group ${rule.group}`} gives it` +
        (rule.repositories === '' ? '' : ` on the repositories ${rule.repositories}`)
      );
    case 'given':
      return rule.scope === 'project'
        ? 'it was given in this project'
        : `it was given ${rule.scope === 'system' ? 'for the system' : 'in every project'}`;
    case 'may-create-projects':
      return 'everybody who is signed in may create projects';
    case 'denied':
      return 'a permission of the robot or the access token denies it';
    case 'beyond-token':
      return 'the access token was not given it, although its owner may';
    case 'no-rule':
      return 'no rule gives it';
  }
}
