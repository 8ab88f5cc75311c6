/** Above everything that is lawful: seen again, it shows that it was taken. */
export const SMUGGLED_SECRET = 'Smuggled-4711';
const EVERYTHING = '{"sysadmin_flag":true,"isAdministrator":true,"role_id":1,"level":"system","visibility":"public"}';
const SYSTEM_RIGHTS = '[{"kind":"system","namespace":"/","access":[{"resource":"user","action":"list"}]}]';
const LONG_AGO = '"2000-01-01T00:00:00.000Z"';
const HASH = '"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAA"';

/** Members that a body might carry beside the lawful ones, as the text of the document has them. */
export const SMUGGLED: Readonly<Record<string, readonly string[]>> = {
  'what makes an administrator': [
    ...['"sysadmin_flag":true', '"sysadmin_flag":1', '"sysadmin_flag":"true"', '"sysadmin_flag":[true]'],
    ...['"Sysadmin_Flag":true', '"SYSADMIN_FLAG":true', '"sysadminFlag":true', '"\\u0073ysadmin_flag":true'],
    ...['"sysadmin_flag":false,"sysadmin_flag":true', '"isAdministrator":true', '"IsAdministrator":true'],
    ...[
      '"is_administrator":1',
      '"admin_role_in_auth":true',
      '"admin":true',
      '"role":"admin"',
      '"roles":["projectAdmin"]',
    ],
  ],
  'who somebody is': [
    ...['"id":1', '"id":4711', '"user_id":1', '"userId":1', '"UserID":1', '"user":"admin"', '"username":"admin"'],
    ...['"owner_id":1', '"owner_name":"admin"', '"ownerId":1', '"project_id":1', '"projectId":1', '"project":"faults"'],
    ...['"entity_id":1', '"entity_type":"g"', '"robot_id":1', '"created_by":"user:1"', '"creator_ref":1'],
    ...['"creator_type":"local"', '"instance":"other"', '"instance_id":"other"', '"tenant":"other"'],
  ],
  'when it was and whether it is': [
    ...[`"creation_time":${LONG_AGO}`, `"update_time":${LONG_AGO}`, `"createdAt":${LONG_AGO}`, '"created_at":0'],
    ...['"expires_at":4102444800', `"expiresAt":${LONG_AGO}`, `"lastUsedAt":${LONG_AGO}`, '"disabled":true'],
    ...['"disable":true', '"isDisabled":true', '"disabled_at":1', `"disabledAt":${LONG_AGO}`, '"deleted":true'],
    ...['"editable":false', '"epoch":99', '"token_epoch":99', '"tokenEpoch":99', '"mustChangePassword":true'],
    ...['"must_change_password":1', '"builtin":true', '"isBuiltin":true', '"repo_count":99'],
  ],
  'what proves it': [
    ...[
      `"password":"${SMUGGLED_SECRET}"`,
      `"new_password":"${SMUGGLED_SECRET}"`,
      `"old_password":"${SMUGGLED_SECRET}"`,
    ],
    ...[`"secret":"${SMUGGLED_SECRET}"`, `"password_hash":${HASH}`, `"passwordHash":${HASH}`, `"secret_hash":${HASH}`],
    ...['"salt":"smuggled"', '"token":"roadstead_pat_smuggled"', '"tokenHash":"smuggled"', '"token_hash":"smuggled"'],
  ],
  'what is allowed': [
    ...['"role_id":1', '"role_name":"projectAdmin"', '"role":1', '"level":"system"', '"kind":"system"'],
    ...[
      '"scope":"system"',
      '"scopes":["*"]',
      `"permissions":${SYSTEM_RIGHTS}`,
      '"access":[{"resource":"*","action":"*"}]',
    ],
    ...['"public":true', '"visibility":"public"', '"metadata":{"public":"true"}', '"groups":["administrators"]'],
    ...['"group_id":1', '"group_type":2', '"repositories":"*"', '"isPublic":true', '"is_public":1', '"allow":["*"]'],
  ],
  prototypes: [
    ...[`"__proto__":${EVERYTHING}`, `"constructor":{"prototype":${EVERYTHING}}`, `"prototype":${EVERYTHING}`],
    ...[`"\\u005f_proto__":${EVERYTHING}`, '"__proto__":null', '"constructor":null', '"toString":"x"'],
    ...['"hasOwnProperty":true', '"__defineGetter__":1', `"x":{"__proto__":${EVERYTHING}}`],
  ],
  'what is nested': [
    ...[`"user":${EVERYTHING}`, `"data":${EVERYTHING}`, `"attributes":${EVERYTHING}`, `"$set":${EVERYTHING}`],
    ...[
      '"user[sysadmin_flag]":true',
      '"user.sysadmin_flag":true',
      '"sysadmin_flag\\u0000":true',
      '" sysadmin_flag":true',
    ],
    ...['"member_user":{"user_id":1,"sysadmin_flag":true}', '"project":{"project_id":1,"owner_id":1}', '"":true'],
  ],
};

/** Whole bodies that are made of the lawful document. */
export const MISSHAPEN: readonly ((document: string) => string)[] = [
  (document) => `[${document}]`,
  (document) => `[[${document}]]`,
  (document) => `[${document},${document}]`,
  (document) => `{"0":${document}}`,
  (document) => `${document}${document}`,
  (document) => `${document},`,
  (document) => `${document}\n${EVERYTHING}`,
  (document) => JSON.stringify(document),
  (document) => `{"__proto__":${document}}`,
  (document) => document.replace(/:("[^"]*"|\d+|true|false|null)/g, ':[$1]'),
  (document) => document.replace(/:("[^"]*"|\d+|true|false|null)/g, ':{"$ne":$1}'),
  (document) => document.replace(/"([a-z_A-Z]+)":/g, (_, name: string) => `"${name.toUpperCase()}":`),
  () => 'null',
  () => '1',
  () => '"x"',
  () => '',
];

/** The member that a smuggled text begins with. */
export function memberName(text: string): string {
  return /^"([^"]*)"/.exec(text)?.[1] ?? '';
}
