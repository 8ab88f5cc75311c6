import { type TokenParts, takeApart } from '../tokens/token-parts.ts';
import { withStatus } from './defective-proxy.ts';
import type { PlantedDefect } from './planted-defect.ts';

/** The token of a request, when it has one that can be read. */
function tokenOf(request: string): TokenParts | undefined {
  const token = /\r\nAuthorization: Bearer (\S+)\r\n/.exec(request)?.[1];
  try {
    return token === undefined ? undefined : takeApart(token);
  } catch {
    return undefined;
  }
}

/** Lets in whose token is accepted, as if the registry had. */
function accepting(accepts: (token: TokenParts) => boolean): NonNullable<PlantedDefect['response']> {
  return (answer, request) => {
    const token = tokenOf(request);
    const isRefused = answer.startsWith('HTTP/1.1 401');
    return isRefused && token !== undefined && accepts(token) ? withStatus(answer, 200, 'OK') : answer;
  };
}

const LET_IN = /200 rather than 401/;

export const TOKEN_DEFECTS: readonly PlantedDefect[] = [
  {
    className: 'tokens',
    name: 'a token without a signature is as good as one with',
    selects: ({ name }) => name.startsWith('a forged token') && name.endsWith('alg "none", no signature'),
    response: accepting(({ header }) => header['alg'] === 'none'),
    expected: LET_IN,
  },
  {
    className: 'tokens',
    name: 'of a signature nothing but its length is looked at',
    selects: ({ name }) => /one bit of the signature turned at 966‰$/.test(name),
    response: accepting(({ signature }) => Buffer.from(signature, 'base64url').length === 64),
    expected: LET_IN,
  },
  {
    className: 'tokens',
    name: 'the key of a token is one that its header chooses',
    selects: ({ name }) => name.endsWith('kid "x"'),
    response: accepting(({ header }) => header['kid'] === 'x'),
    expected: LET_IN,
  },
  {
    className: 'tokens',
    name: 'the end of a token is not looked at',
    selects: ({ name }) => name.startsWith('over: a token of'),
    response: accepting(({ claims }) => Number(claims['exp']) * 1_000 <= Date.now()),
    expected: LET_IN,
  },
  {
    className: 'tokens',
    name: 'a robot that was disabled is let in',
    selects: ({ name }) => name === 'over: the registry token when the robot was disabled',
    response: accepting(({ claims }) => JSON.stringify(claims['principal']).includes('"robot"')),
    expected: LET_IN,
  },
];
