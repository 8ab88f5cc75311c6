import { withBody, withStatus } from './defective-proxy.ts';
import type { PlantedDefect } from './planted-defect.ts';

/** The request names the private project. */
const namesHidden = (request: string): boolean => /^\w+ \S*\/shroud[/ ]/.test(request);

export const ENUMERATION_DEFECTS: readonly PlantedDefect[] = [
  {
    className: 'enumeration',
    name: 'what is there is not found, and what is missing is forbidden',
    selects: ({ name }) => name === 'GET of a tag, or no project, by an outsider',
    response: (answer, request) => (namesHidden(request) ? withStatus(answer, 404, 'Not Found') : answer),
    expected: /it tells what is there: "404" .* "403"/,
  },
  {
    className: 'enumeration',
    name: 'a refusal has one header more when the project is there',
    selects: ({ name }) => name === 'GET /api/v2.0/projects/{project}, by the owner of another project',
    response: (answer, request) => (namesHidden(request) ? answer.replace('\r\n', '\r\nX-Cache: hit\r\n') : answer),
    expected: /it tells what is there: "X-Cache: hit"/i,
  },
  {
    className: 'enumeration',
    name: 'a wrong password for a disabled account is told that it is disabled',
    selects: ({ name }) => name.startsWith('a wrong password for a disabledUsername, by docker login'),
    response: (answer, request) =>
      request.includes('account=sleepless')
        ? withBody(answer, '{"errors":[{"code":"UNAUTHORIZED","message":"the account is disabled"}]}')
        : answer,
    expected: /it tells what is there: .*the account is disabled/,
  },
  {
    className: 'timing',
    name: 'an answer about what is there comes four milliseconds later',
    selects: ({ name }) => name === 'GET of a tag, or no project, by an outsider',
    delayMs: 4,
    delays: namesHidden,
    expected: /comes \d+\.\d+ ms later/,
  },
];
