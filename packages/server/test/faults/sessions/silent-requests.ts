import { MATRIX_ROUTES } from '../../integration/access-matrix/matrix-routes.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import type { Headers } from '../management/json-request.ts';
import { Page } from '../management/page.ts';
import { freshName, Stage } from '../management/stage.ts';
import { showBytes } from '../raw-request.ts';

const METHODS = ['DELETE', 'PUT', 'POST', 'PATCH'];

/**
 * What an image or a link on a page can ask for: `GET`, whatever else it says that it is. The objects are there, and whatever
 * were done to them would show in the state afterwards.
 */
export function createSilentRequestCases({ content }: Target): readonly FaultCase[] {
  return METHODS.map((method) => ({
    name: `a GET that says that it is a ${method}`,
    run: async (run) => {
      await using stage = new Stage(run);
      const victim = await stage.account({ isAdministrator: true });
      const page = new Page(run);
      await page.signIn(victim);
      const { project, repository, image } = content;
      const names = {
        ...{ project, projectId: 1, repository, tag: 'latest', digest: image.digest, blob: content.blob.digest },
        ...{ memberId: 1, robotId: 1, userId: 2, username: 'outsider', groupId: 1, fresh: freshName() },
      };
      const override: Headers = [
        ['X-HTTP-Method-Override', method],
        ['X-HTTP-Method', method],
        ['X-Method-Override', method],
      ];
      for (const { path } of MATRIX_ROUTES.filter(({ route }) => route.startsWith('/api/'))) {
        const asked = path(names);
        const target = `${asked}${asked.includes('?') ? '&' : '?'}_method=${method}`;
        for (const verb of ['GET', 'HEAD', 'OPTIONS']) {
          const answer = await page.sendBare({ method: verb, target, headers: override });
          if (typeof answer === 'string' || ![201, 202, 204].includes(answer.status)) continue;
          run.complain(`${verb} ${showBytes(target)} did something: ${answer.status}`);
        }
      }
    },
  }));
}
