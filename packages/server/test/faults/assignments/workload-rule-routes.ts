import { jsonRequest } from '../management/json-request.ts';
import type { Stage } from '../management/stage.ts';
import { type BodyRoute, idOf, plainView } from './body-route.ts';

const OWN = '/api/roadstead/v1/projects';
const ROUTE = `${OWN}/:project/workload-rules`;
const LAWFUL =
  '"issuer":"https://issuer.example","audience":"ci","conditions":{"sub":["ci"]},' +
  '"permissions":[{"resource":"repository","action":"pull"}]';

interface Place {
  readonly name: string;
  readonly id: number;
}

/** Rules by which workloads get into a project, made and changed by its administrator. */
export function createWorkloadRuleRoutes(
  open: (stage: Stage) => Promise<Place>,
  headers: readonly (readonly [string, string])[],
): readonly BodyRoute[] {
  const as = "the project's administrator";
  const takes = ['name', 'issuer', 'audience', 'conditions', 'permissions', 'disabled'];
  const pathOf = ({ name }: Place) => `${OWN}/${name}/workload-rules`;
  const view = async (stage: Stage, place: Place, name: string, id: number) => {
    const rule = await stage.read(`${pathOf(place)}/${id}`);
    const elsewhere = await stage.read(`${OWN}/faults/workload-rules`);
    return plainView([rule, elsewhere], name, id);
  };
  return [
    {
      route: `POST ${ROUTE}`,
      as,
      takes,
      open: async (_, stage) => {
        const place = await open(stage);
        return {
          request: (body) => jsonRequest('POST', pathOf(place), body, headers),
          members: (name) => `"name":"${name}",${LAWFUL}`,
          view: (name, answer) => view(stage, place, name, idOf(answer)),
          remove: async (_name, answer) => {
            await stage.do('DELETE', `${pathOf(place)}/${idOf(answer)}`);
          },
        };
      },
    },
    {
      route: `PUT ${ROUTE}/:id`,
      as,
      takes,
      open: async (_, stage) => {
        const place = await open(stage);
        const id = idOf(await stage.do('POST', pathOf(place), `{"name":"kept",${LAWFUL}}`));
        return {
          request: (body) => jsonRequest('PUT', `${pathOf(place)}/${id}`, body, headers),
          members: () => `"name":"kept",${LAWFUL}`,
          // It counts the changes.
          view: async () => (await view(stage, place, 'kept', id)).replaceAll(/"version":\d+/g, '"version":"N"'),
        };
      },
    },
  ];
}
