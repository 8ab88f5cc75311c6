import type { PlantedDefect } from './planted-defect.ts';

const AUTHORIZATION = /\r\nAuthorization: ([^\r\n]+)/;
/** What the stand-in has heard of: who may everything. */
let administrator = '';

/** The request with the rights of the administrator, as far as one was heard. */
function asAdministrator(request: string): string {
  return request.replace(AUTHORIZATION, `\r\nAuthorization: ${administrator}`);
}

/** Only administrators make users, and robots while a stage is set. */
function listen(request: string, form: RegExp): void {
  if (form.test(request)) administrator = AUTHORIZATION.exec(request)?.[1] ?? '';
}

export const ASSIGNMENT_DEFECTS: readonly PlantedDefect[] = [
  {
    className: 'mass-assignment',
    name: 'a profile in which somebody calls himself an administrator makes him one',
    selects: ({ name }) => name === 'PUT /api/v2.0/users/:user_id by the user, with what makes an administrator',
    request: (request) => {
      listen(request, /^POST \/api\/roadstead\/v1\/users /);
      if (!/^PUT \/api\/v2\.0\/users\/\d+ /.test(request) || !request.includes('"sysadmin_flag":true')) return request;
      return asAdministrator(request.replace(/^(PUT \S+)/, '$1/sysadmin'));
    },
    expected: /sysadmin_flag.* had an effect: .*"isAdministrator":true/,
  },
  {
    className: 'mass-assignment',
    name: 'who may change a robot may give it what administrators may give',
    selects: ({ name }) => name === 'a robot that comes to have permissions that only administrators have',
    request: (request) => {
      listen(request, /^POST \/api\/v2\.0\/robots /);
      return /^PUT \/api\/v2\.0\/robots\/\d+ /.test(request) ? asAdministrator(request) : request;
    },
    expected: /200 rather than/,
  },
];
