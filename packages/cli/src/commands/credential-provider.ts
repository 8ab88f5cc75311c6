import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { answerKubelet } from '../credential-provider/answer-kubelet.ts';
import type { CommandContext } from './command-context.ts';

/** For the kubelet, which starts it with a request on standard input whenever it needs credentials for an image. */
export function createCredentialProviderCommand({ runtime }: CommandContext): Command {
  return new Command('credential-provider')
    .description('answer the kubelet: the token of a pod is its password')
    .addHelpText(
      'after',
      '\nThe kubelet runs this, as its CredentialProviderConfig says: see docs/workload-identity.md.',
    )
    .action(async () => {
      const answer = answerKubelet(await text(runtime.stdin), runtime.nowMs());
      runtime.stdout.write(`${JSON.stringify(answer)}\n`);
    });
}
