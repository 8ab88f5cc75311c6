/**
 * How a secret comes into a field: `chosen` by whoever sends it, and taken at least once; `made` by the server, which shows it once;
 * `kept` by the server, which never shows it; `refused`, because no secret belongs there.
 */
export type FieldKind = 'chosen' | 'made' | 'kept' | 'refused';

/** Every field that takes or gives a secret, and those that secrets get into by mistake. */
export const FIELDS = {
  'password of POST /api/v2.0/users': 'chosen',
  'password of POST /api/roadstead/v1/users': 'chosen',
  'password of a stranger who makes an account': 'chosen',
  'old_password of PUT /api/v2.0/users/:id/password': 'chosen',
  'new_password of PUT /api/v2.0/users/:id/password': 'chosen',
  'new_password for somebody else': 'chosen',
  'password of PUT /api/roadstead/v1/users/:id/password': 'chosen',
  'secret of PUT /api/v2.0/users/:id/cli_secret': 'refused',
  'Basic on /v2': 'chosen',
  'Basic on /api': 'chosen',
  'Basic on /service/token': 'chosen',
  'password grant of /service/token': 'chosen',
  'password of /c/login': 'chosen',
  'password of POST /api/roadstead/v1/session': 'chosen',
  'a password in place of the user name': 'refused',
  'Bearer on /v2 and /api': 'refused',
  'another scheme of Authorization': 'refused',
  'refresh_token grant': 'refused',
  'cookie of a session': 'refused',
  'X-Harbor-CSRF-Token': 'refused',
  'a query parameter': 'refused',
  'userinfo of the request target': 'refused',
  'userinfo of Host, Origin and Referer': 'refused',
  'registry token': 'made',
  'refresh token': 'made',
  'secret of a session': 'made',
  'token against forged requests': 'made',
  'access token': 'made',
  'chosen secret of POST /api/v2.0/robots': 'chosen',
  'chosen secret of PATCH /api/v2.0/robots/:id': 'chosen',
  'secret that POST /api/v2.0/robots makes': 'made',
  'secret that PATCH /api/v2.0/robots/:id makes': 'made',
  'bearerToken of the forwarding': 'chosen',
  'userinfo and query of the forwarding’s address': 'refused',
  'password of the mail server': 'chosen',
  'address of a webhook': 'chosen',
  'authorization of a webhook': 'chosen',
  'secretAccessKey of a bucket': 'chosen',
  'userinfo of a witness’s address': 'refused',
  'setting adminPassword': 'chosen',
  'setting databaseUrl': 'chosen',
  'setting databaseReplicaUrl': 'chosen',
  'setting blobs': 'chosen',
  'file of a private key of TLS': 'refused',
  'file of a master key, without a key': 'refused',
  'master key': 'kept',
  'master key of before': 'kept',
  'key of the instance': 'kept',
  'sealed values': 'kept',
  'admin reset-password --password-stdin': 'chosen',
  'admin-password that admin reset-password makes': 'kept',
  'roadstead login --password-stdin': 'chosen',
  'roadstead user create --new-password-stdin': 'chosen',
  'roadstead robot create --secret-stdin': 'chosen',
  'secret of the credential helper': 'chosen',
  'userinfo of a server or a reference': 'refused',
} as const satisfies Readonly<Record<string, FieldKind>>;

export type Field = keyof typeof FIELDS;

export const FIELD_NAMES = Object.keys(FIELDS) as readonly Field[];
