// A process that guesses passwords from the moment in which it is told how, until it is told to stop.
import { constants, setPriority } from 'node:os';
import { addressInNetwork } from '../../support/load/password-guesses.ts';
import type { LoadTarget } from '../load/load-task.ts';
import { sendAtRate } from '../load/send-at-rate.ts';

/** Where guesses come from. */
export type GuessSource = 'one network' | 'very many networks';

export interface GuessTask {
  readonly target: LoadTarget;
  readonly perSecond: number;
  readonly source: GuessSource;
}

const ADDRESS_OF: Readonly<Record<GuessSource, (index: number) => string>> = {
  'one network': (index) => `192.0.2.${index % 256}`,
  'very many networks': addressInNetwork,
};

function guessOf({ target, source }: GuessTask): (index: number) => string {
  const addressOf = ADDRESS_OF[source];
  return (index) => {
    const path = index % 2 === 0 ? '/v2/' : '/service/token?service=harbor-registry';
    const credentials = Buffer.from(`admin:Wrong-${index}-${performance.now()}-password`).toString('base64');
    return [
      `GET ${path} HTTP/1.1`,
      `Host: ${target.host}:${target.port}`,
      `Authorization: Basic ${credentials}`,
      `X-Forwarded-For: ${addressOf(index)}`,
      '\r\n',
    ].join('\r\n');
  };
}

// Guessers have machines of their own: this one shares a core with whoever pulls, and must not keep it waiting.
setPriority(constants.priority.PRIORITY_LOW);

process.once('message', (task: GuessTask) => {
  const end = new AbortController();
  process.once('message', () => end.abort());
  void sendAtRate(task.target, task.perSecond, guessOf(task), end.signal).then(({ statuses }) => {
    process.send?.(statuses, undefined, undefined, () => process.disconnect());
  });
});
