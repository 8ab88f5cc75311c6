import assert from 'node:assert/strict';
import { numberOf, type ReplayedResource } from './replayed-resource.ts';

interface Selector {
  readonly kind: string;
  readonly decoration: string;
  readonly pattern: string;
  readonly extras?: string;
}

const selector = (decoration: string, pattern: string): Selector => ({ kind: 'doublestar', decoration, pattern });

interface RetentionRule {
  readonly disabled?: boolean;
  readonly template: string;
  readonly params: Readonly<Record<string, number>>;
  readonly tag_selectors: readonly Selector[];
  readonly scope_selectors: { readonly repository: readonly Selector[] };
}

interface RetentionState {
  readonly scope: string;
  readonly cron: string;
  readonly rules: readonly {
    readonly disabled: boolean;
    readonly template: string;
    readonly count: number;
    readonly tags: Selector;
    readonly repositories: Selector;
    readonly untagged: boolean;
  }[];
}

interface RetentionJson {
  readonly scope: { readonly ref: number };
  readonly trigger: { readonly settings?: { readonly cron?: string } };
  readonly rules?: readonly RetentionRule[];
}

function retentionBody({ scope, cron, rules }: RetentionState): object {
  return {
    algorithm: 'or',
    rules: rules.map(({ disabled, template, count, tags, repositories, untagged }) => ({
      ...{ disabled, action: 'retain', template, params: template === 'always' ? {} : { [template]: count } },
      scope_selectors: { repository: [repositories] },
      tag_selectors: [{ ...tags, extras: `{"untagged":${untagged}}` }],
    })),
    trigger: { kind: 'Schedule', references: {}, settings: { cron } },
    scope: { level: 'project', ref: numberOf(scope) },
  };
}

/** A project has one policy; what is destroyed is its rules and its schedule. */
export const retention: ReplayedResource<RetentionState> = {
  states: ({ project }) => {
    const [everything, numbered] = [selector('repoMatches', '**'), selector('matches', 'v*')];
    const base = { disabled: false, repositories: everything, tags: numbered, untagged: true };
    const first = { scope: project, cron: '0 0 0 * * *', rules: [{ ...base, template: 'latestPushedK', count: 5 }] };
    const other = { ...base, disabled: true, tags: selector('excludes', 'rc-*'), untagged: false };
    const rules = [
      { ...base, template: 'nDaysSinceLastPull', count: 7 },
      { ...other, template: 'always', count: 0, repositories: selector('repoExcludes', 'old/**') },
    ];
    return [first, { scope: project, cron: '', rules }];
  },
  create: ({ provider }, state) => provider.create('/retentions', retentionBody(state)),
  async read({ provider }, id) {
    const json = await provider.read<RetentionJson>(id);
    if (json === undefined) return undefined;
    return {
      scope: `/projects/${json.scope.ref}`,
      cron: json.trigger.settings?.cron ?? '',
      rules: (json.rules ?? []).map(({ disabled = false, template, params, tag_selectors, scope_selectors }) => {
        const [tag] = tag_selectors;
        const [repository] = scope_selectors.repository;
        assert.ok(tag && repository, 'a rule without selectors');
        return {
          ...{ disabled, template, count: params?.[template] ?? 0, untagged: (tag.extras ?? '').includes('true') },
          tags: selector(tag.decoration, tag.pattern),
          repositories: selector(repository.decoration, repository.pattern),
        };
      }),
    };
  },
  update: async ({ provider }, id, state) => {
    await provider.send('PUT', id, retentionBody(state), 200);
  },
  destroy: async ({ provider }, id, { scope }) => {
    await provider.send('PUT', id, { ...retentionBody({ scope, cron: '', rules: [] }), id: numberOf(id) }, 200);
  },
  destroyed: (state) => assert.deepEqual([state?.cron, state?.rules], ['', []]),
};

interface ImmutableState {
  readonly project: string;
  readonly disabled: boolean;
  readonly tags: Selector;
  readonly repositories: Selector;
}

interface ImmutableJson {
  readonly id: number;
  readonly disabled?: boolean;
  readonly tag_selectors: readonly Selector[];
  readonly scope_selectors: { readonly repository: readonly Selector[] };
}

function immutableBody({ disabled, tags, repositories }: ImmutableState, id?: number): object {
  return {
    ...(id !== undefined && { id }),
    ...{ disabled, scope_selectors: { repository: [repositories] }, tag_selectors: [tags] },
    ...{ action: 'immutable', template: 'immutable_template' },
  };
}

/** Harbor has no address to read one rule from: the provider looks for it in the list. */
export const immutableTagRule: ReplayedResource<ImmutableState> = {
  states: ({ project }) => {
    const [tags, repositories] = [selector('matches', 'v2*'), selector('repoMatches', 'some/**')];
    const first = { project, disabled: false, tags, repositories };
    return [first, { ...first, tags: selector('excludes', '*-beta'), disabled: true }];
  },
  create: ({ provider, project }, state) => provider.create(`${project}/immutabletagrules`, immutableBody(state)),
  async read({ provider }, id) {
    const list = id.slice(0, id.lastIndexOf('/'));
    const found = (await provider.read<ImmutableJson[]>(list))?.find((rule) => rule.id === numberOf(id));
    if (found === undefined) return undefined;
    const [tag] = found.tag_selectors;
    const [repository] = found.scope_selectors.repository;
    assert.ok(tag && repository, 'a rule without selectors');
    return {
      project: list.replace('/immutabletagrules', ''),
      disabled: found.disabled ?? false,
      tags: selector(tag.decoration, tag.pattern),
      repositories: selector(repository.decoration, repository.pattern),
    };
  },
  update: async ({ provider }, id, state) => {
    await provider.send('PUT', id, immutableBody(state, numberOf(id)), 200);
  },
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};
