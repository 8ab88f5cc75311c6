/** A change of one file of the product. */
export interface Edit {
  /** Below packages/server/src. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly text: string;
  readonly instead: string;
}

/** A safeguard that is not there, and one of the attacks that have to find that out. */
export interface Defect {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly seenBy: string;
}

const FEDERATION = 'identity/federation';
const WORKLOAD = 'identity/workload';
const VERIFY = `${FEDERATION}/verify-foreign-token.ts`;
const DECODE = `${FEDERATION}/decode-foreign-token.ts`;
const KEYS = `${FEDERATION}/foreign-keys.ts`;
const FETCH = `${FEDERATION}/fetch-issuer-keys.ts`;
const CREDENTIALS = `${WORKLOAD}/workload-credentials.ts`;
const CONDITIONS = `${WORKLOAD}/claim-conditions.ts`;
const GLOB = `${WORKLOAD}/claim-glob.ts`;

const HEADER = `JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString())`;
const CHOICE = 'const { jwk } = chooseForeignKey(await expected.findKeys(keyId), { keyId, algorithm });';
const ALGORITHMS = "const ALGORITHMS = ['RS256'";
const LITERAL = 'return glob === text;';
const FIND = '(keyId) => this.#deps.issuerKeys.find(issuer, keyId)';

const defect = (name: string, seenBy: string, ...edits: readonly (readonly [string, string, string])[]): Defect => ({
  name,
  seenBy,
  edits: edits.map(([file, text, instead]) => ({ file, text, instead })),
});

const OF_SIGNATURES: readonly Defect[] = [
  defect('signatures are not looked at', 'a signature of another token', [
    VERIFY,
    'await compactVerify(token, jwk, { algorithms: [algorithm] });',
    'void [compactVerify, jwk];',
  ]),
  defect(
    'a token without an algorithm needs no signature',
    'the algorithm "none"',
    [DECODE, ALGORITHMS, `${ALGORITHMS}, 'none'`],
    [
      VERIFY,
      CHOICE,
      `if (algorithm === 'none') return { subject, claims, expiresAt: expected.now + 60_000 }; ${CHOICE}`,
    ],
  ),
  defect(
    'a public key is taken for a secret',
    'HMAC with the public key as PEM',
    [DECODE, ALGORITHMS, `${ALGORITHMS}, 'HS256'`],
    [
      KEYS,
      'if (!key.algorithms.includes(algorithm)) {',
      "if (algorithm !== 'HS256' && !key.algorithms.includes(algorithm)) {",
    ],
    [
      VERIFY,
      'await compactVerify(token, jwk,',
      "await compactVerify(token, algorithm === 'HS256' ? new TextEncoder().encode((await import('node:crypto')).createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })) : jwk,",
    ],
  ),
  defect(
    'symmetric keys are taken',
    'HMAC with a secret that was published',
    [DECODE, ALGORITHMS, `${ALGORITHMS}, 'HS256'`],
    [KEYS, " || 'k' in jwk) return undefined;", ') return undefined;'],
    [
      KEYS,
      "if (kty === 'RSA') {",
      "if (kty === 'oct') return { algorithms: ['HS256'], jwk: { kty, k: jwk['k'] } }; if (kty === 'RSA') {",
    ],
  ),
  defect('the key of a token is the one in its header', 'a key in the header (jwk)', [
    VERIFY,
    CHOICE,
    `const jwk = ${HEADER}.jwk ?? chooseForeignKey(await expected.findKeys(keyId), { keyId, algorithm }).jwk;`,
  ]),
  defect('the keys of a token are where its header says', 'the address of keys in the header (jku)', [
    CREDENTIALS,
    FIND,
    `(keyId) => this.#deps.issuerKeys.find(${HEADER}.jku?.replace('/jwks', '') ?? issuer, keyId)`,
  ]),
  defect('a key is good for every algorithm of its kind', 'a key of RS256 used for PS256', [
    KEYS,
    'if (!key.algorithms.includes(algorithm)) {',
    'if (key.algorithms.length === 0) {',
  ]),
  defect('critical extensions are not looked at', 'critical extensions (b64)', [
    DECODE,
    "if ('crit' in header)",
    'if (false)',
  ]),
  defect('the type of a token is not looked at', 'the type "at+jwt"', [
    DECODE,
    'if (typ !== undefined && (',
    'if (false && (',
  ]),
  defect('of a member that stands twice the last one counts', 'a claim twice, the right one last', [
    `${FEDERATION}/parse-unique-json.ts`,
    'if (names?.has(name)) throw',
    'if (false) throw',
  ]),
];

const OF_KEYS: readonly Defect[] = [
  defect('what a key is for is not looked at', 'a key for encryption', [
    KEYS,
    "if (use !== undefined && use !== 'sig')",
    'if (false)',
  ]),
  defect('what may be done with a key is not looked at', 'a key for wrapping others', [
    KEYS,
    "operations.includes('verify')",
    'true',
  ]),
  defect('a key is taken whose private half is known', 'a key whose private half was published', [
    KEYS,
    "'d' in jwk || ",
    '',
  ]),
  defect('of two keys of a name the last is taken', 'a key id that two keys have', [
    KEYS,
    'const [key, another] = named;',
    'const [key, another] = named.slice(-1);',
  ]),
  defect('keys are remembered for ever', 'a key that was withdrawn an hour ago', [
    `${FEDERATION}/issuer-keys.ts`,
    'if (isUsable && hasKey && this.#ageOf(known) < FRESH_MS)',
    'if (isUsable && hasKey)',
  ]),
  defect('an outage of the issuer may last for ever', 'a key of an issuer that has not answered for a day', [
    `${FEDERATION}/issuer-keys.ts`,
    'if (known.keys !== undefined && this.#ageOf(known) < MAX_OUTAGE_MS) return known.keys;',
    'if (known.keys !== undefined) return known.keys;',
  ]),
  defect('the keys of one issuer are those of another', 'an issuer whose document is that of another', [
    FETCH,
    'if (named !== issuer) throw',
    'if (false) throw',
  ]),
  defect('redirects of an issuer are followed', 'an issuer whose document is elsewhere', [
    FETCH,
    'maxRedirects: 0',
    'maxRedirects: 5',
  ]),
];

const OF_ADDRESSES_AND_TIMES: readonly Defect[] = [
  defect('audiences are not compared', 'another audience', [
    CREDENTIALS,
    'rules.filter((rule) => rule.audience === audience)',
    'rules',
  ]),
  defect(
    'one audience of several will do',
    'a further audience',
    [`${WORKLOAD}/token-address.ts`, "typeof only === 'string' && others.length === 0 ?", "typeof only === 'string' ?"],
    [VERIFY, ' || others.length > 0', ''],
  ),
  defect('issuers are compared by how they begin', 'a neighbour at the same host with the claims of a trusted one', [
    `${WORKLOAD}/workload-rules.ts`,
    'issuer = ? and',
    "? like issuer || '%' and",
  ]),
  defect('ends are not looked at', 'over long ago', [VERIFY, 'if (exp <= nowSeconds) throw', 'if (false) throw']),
  defect('there is leeway at the end', 'over for less than the leeway', [
    VERIFY,
    'if (exp <= nowSeconds) throw',
    'if (exp + LEEWAY_SECONDS <= nowSeconds) throw',
  ]),
  defect('when a token was made is not looked at', 'made in the future', [
    VERIFY,
    'iat > nowSeconds + LEEWAY_SECONDS || ',
    '',
  ]),
  defect('from when on a token is valid is not looked at', 'valid later', [
    VERIFY,
    ' || nbf > nowSeconds + LEEWAY_SECONDS',
    '',
  ]),
  defect('a token may live as long as it likes', 'a life of a year', [VERIFY, 'exp - iat > MAX_LIFE_SECONDS', 'false']),
  defect('a token that came in once comes in again', 'a token that came in before, after its end', [
    CREDENTIALS,
    'const { principal, matching } = await this.#enter(token, findings);',
    'const kept = (globalThis.kept ??= new Map()); const { principal, matching } = kept.get(token) ?? (await this.#enter(token, findings)); kept.set(token, { principal: { ...principal, expiresAt: principal.expiresAt + 60_000 }, matching });',
  ]),
];

const OF_CLAIMS_AND_RULES: readonly Defect[] = [
  defect('patterns have no end', 'repository "octo-org/app2"', [GLOB, LITERAL, 'return text.startsWith(glob);']),
  defect('patterns with stars have no end', 'repository "wide-org/a/b"', [
    GLOB,
    'return reached.at(-1)?.[1] === text.length;',
    'return true;',
  ]),
  defect('patterns have no beginning', 'repository "evil/octo-org/app"', [
    GLOB,
    LITERAL,
    'return text.endsWith(glob);',
  ]),
  defect('patterns with stars have no beginning', 'repository "x/wide-org/a"', [
    GLOB,
    '[[0, 0]]',
    '[[0, text.length]]',
  ]),
  defect('upper and lower case are one', 'repository "Octo-Org/app"', [
    GLOB,
    LITERAL,
    'return glob.toLowerCase() === text.toLowerCase();',
  ]),
  defect('letters that look alike are one', 'repository "kelvin-org/cafe\u0301"', [
    GLOB,
    LITERAL,
    "return glob === text.normalize('NFC');",
  ]),
  defect('spaces and line ends do not count', 'repository "octo-org/app\\n"', [
    GLOB,
    LITERAL,
    'return glob === text.trim();',
  ]),
  defect('a star passes slashes', 'repository "wide-org/a/b"', [
    GLOB,
    'crossesSegments ? text.length : endOfSegment(text, position)',
    'text.length',
  ]),
  defect('a dot is any character', 'repository "octo-org/dotxapp"', [
    GLOB,
    LITERAL,
    "return new RegExp('^' + glob + '$').test(text);",
  ]),
  defect('lines are compared one by one', 'repository "evil\\nocto-org/app"', [
    GLOB,
    LITERAL,
    "return text.split('\\n').includes(glob);",
  ]),
  defect('a claim that is missing matches', 'environment missing', [
    CONDITIONS,
    "outcome: 'missing'",
    "outcome: 'matches'",
  ]),
  defect('lists and objects are compared as texts', 'repository [["octo-org/app"]]', [
    CONDITIONS,
    ' || !values.every(isPlain)',
    '',
  ]),
  defect('lists are looked into', 'repository {"0":"octo-org/app"}', [
    CONDITIONS,
    'const values = Array.isArray(claim) ? claim : [claim];',
    "const values = typeof claim === 'object' && claim !== null ? Object.values(claim) : [claim];",
  ]),
  defect(
    'claims are inherited',
    'claims that would be inherited',
    [CONDITIONS, 'let found: unknown = claims;', 'let found: unknown = Object.assign({}, claims);'],
    [CONDITIONS, '!Object.hasOwn(found, name)', '!(name in found)'],
  ),
  defect(
    'numbers are compared as they are kept',
    'account_id 9007199254740993, a number that becomes another when it is read',
    [CONDITIONS, 'Number.isSafeInteger(value)', 'Number.isFinite(value)'],
  ),
  defect('values may have any length', `environment ${JSON.stringify('x'.repeat(1025)).slice(0, 80)}`, [
    CONDITIONS,
    '.filter((value) => value.length <= MAX_VALUE_LENGTH)',
    '',
  ]),
  defect('one condition will do', 'half of one rule and half of another', [
    CREDENTIALS,
    '&& findings.every(',
    '&& findings.some(',
  ]),
  defect('rules that are disabled let in', 'a rule that is disabled', [
    `${WORKLOAD}/workload-rules.ts`,
    ' and disabled_at is null',
    '',
  ]),
  defect('what explains a token promises too much', 'a signature of another token', [
    `${WORKLOAD}/token-explainer.ts`,
    'takes: isInOrder && obstacles',
    'takes: obstacles',
  ]),
  defect('what a rule gives, it gives in every project', 'a rule of another project', [
    'projects/access/rights-reader.ts',
    'scope: row.project_id,',
    "scope: 'all-projects',",
  ]),
];

export const DEFECTS: readonly Defect[] = [
  ...OF_SIGNATURES,
  ...OF_KEYS,
  ...OF_ADDRESSES_AND_TIMES,
  ...OF_CLAIMS_AND_RULES,
];
