import type { CaseRun } from '../fault-class.ts';
import type { RawAnswer } from '../raw-answer.ts';
import { type RawRequest, showBytes } from '../raw-request.ts';
import type { NoAnswer } from '../raw-socket.ts';

const TYPES =
  /^(?:application\/json(?:; ?charset=utf-8)?|application\/jsonl|text\/csv; charset=utf-8|text\/plain; charset=utf-8)$/;
const PLACE = /^\/api\/[\x21-\x7e]+$/;

/** Sends a request and holds its answer against what no text in it may change. */
export async function askInert(run: CaseRun, request: RawRequest): Promise<RawAnswer | NoAnswer> {
  const answer = await run.ask(request);
  if (typeof answer === 'string') {
    run.complain(`${request.method} ${showBytes(request.target)}: no answer came: ${answer}`);
    return answer;
  }
  for (const fault of findFaults(answer)) run.complain(`${request.method} ${showBytes(request.target)}: ${fault}`);
  return answer;
}

function findFaults({ status, headers, body }: RawAnswer): readonly string[] {
  const faults: string[] = [];
  const type = headers.get('content-type') ?? '';
  if (body.length > 0 && !TYPES.test(type)) faults.push(`the answer is of the type ${showBytes(type)}`);
  if (headers.get('x-content-type-options') !== 'nosniff' && status !== 400) faults.push('the type may be guessed');
  if (status >= 300 && status < 400) faults.push(`it leads elsewhere: ${status}`);
  const location = headers.get('location');
  if (location !== undefined && !PLACE.test(location)) faults.push(`the location is ${showBytes(location)}`);
  for (const name of ['set-cookie', 'refresh', 'access-control-allow-origin']) {
    if (headers.has(name)) faults.push(`${name} is ${showBytes(headers.get(name) ?? '')}`);
  }
  if (/^application\/json(?:;|$)/.test(type) && body.length > 0 && !isJson(body)) faults.push('the answer is not JSON');
  return faults;
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
