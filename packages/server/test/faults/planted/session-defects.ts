import { CSRF_HEADER } from '../management/page.ts';
import type { PlantedDefect } from './planted-defect.ts';

const COOKIE = /\r\nCookie: (sid=[^;\r\n]*)/;
const TOKEN = new RegExp(`\\r\\n${CSRF_HEADER}: ([^\\r\\n]+)`, 'i');
/** What the stand-in has heard of: the token of each cookie. */
const tokens = new Map<string, string>();

export const SESSION_DEFECTS: readonly PlantedDefect[] = [
  {
    className: 'sessions',
    name: 'scripts may read the cookie',
    selects: ({ name }) => name === "the cookie's flags, signed in by JSON, with []",
    response: (answer) => answer.replace('; HttpOnly', ''),
    expected: /Set-Cookie is .* rather than/,
  },
  {
    className: 'sessions',
    name: 'a request without a token against forged ones is as good as one with it',
    selects: ({ name }) => name === 'a forged request on the own account: no token',
    request: (request) => {
      const token = tokens.get(COOKIE.exec(request)?.[1] ?? '');
      if (token === undefined || TOKEN.test(request)) return request;
      return request.replace('\r\n', `\r\n${CSRF_HEADER}: ${token}\r\n`);
    },
    response: (answer, request) => {
      const cookie = /\r\nset-cookie: (sid=[^;\r\n]+)/i.exec(answer)?.[1] ?? COOKIE.exec(request)?.[1];
      const token = TOKEN.exec(answer)?.[1];
      if (cookie !== undefined && token !== undefined) tokens.set(cookie, token);
      return answer;
    },
    expected: /PUT .* was not refused as forged: "20\d/,
  },
  {
    className: 'sessions',
    name: 'a session may be shown in the query',
    selects: ({ name }) => name === "a session's secret in the query as sid",
    request: (request) => request.replace(/\?sid=(\S+) HTTP\/1\.1/, ' HTTP/1.1\r\nCookie: sid=$1'),
    expected: /200 rather than/,
  },
];
