import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEALED_COLUMNS } from '../../src/secrets/sealed-columns.ts';
import { createCanary, findCanary } from './canary/canary.ts';
import { CommandRunner } from './canary/command-runner.ts';
import { readDatabase } from './canary/database-place.ts';
import { failInside } from './canary/fail-inside.ts';
import { FIELD_NAMES, FIELDS } from './canary/fields.ts';
import { listUnreadRoutes, PASSWORD_FILE, type Place, readLivePlaces, readPlacesLeft } from './canary/places.ts';
import { prepareNames } from './canary/prepare-names.ts';
import { Stage } from './canary/stage.ts';
import { useAccounts } from './canary/use-accounts.ts';
import { useCommands } from './canary/use-commands.ts';
import { useExternalServices } from './canary/use-external-services.ts';
import { useMachines } from './canary/use-machines.ts';
import { useMails } from './canary/use-mails.ts';
import { useProvidedAccount } from './canary/use-provided-account.ts';
import { useReceivers } from './canary/use-receivers.ts';
import { useSecondFactors } from './canary/use-second-factors.ts';
import { listForgottenSettings, useSettings } from './canary/use-settings.ts';
import { useSignIns } from './canary/use-sign-ins.ts';
import { useWebhooks } from './canary/use-webhooks.ts';
import { ENGINES } from './support/engines.ts';

const TIMEOUT_MS = 300_000;
const FIELD_COUNT = 72;
const PLACE_COUNT = 18;

describe.each(ENGINES)('secrets on %s', (engine) => {
  let stage: Stage;
  let places: readonly Place[];
  let unusedColumns: readonly string[];

  beforeAll(async () => {
    stage = await Stage.open(engine);
    const commands = new CommandRunner(stage.env, stage.folder);
    const names = await prepareNames(stage);
    await useAccounts(stage);
    await useSignIns(stage);
    await useSecondFactors(stage);
    await useMachines(stage);
    await useReceivers(stage);
    await useProvidedAccount(stage);
    await useExternalServices(stage);
    await useWebhooks(stage);
    await useMails(stage);
    await useCommands(stage, commands);
    await useSettings(stage, commands);
    await failInside(stage);
    const live = await readLivePlaces(stage, names);
    const database = await readDatabase(stage);
    unusedColumns = database.unused;
    await stage.stop();
    const { answers } = stage;
    const asked = { name: 'the answers to everything that was asked', text: '', holds: '' };
    places = [...live, database.place, ...(await readPlacesLeft(stage, commands)), asked];
    console.log(
      `${engine}: ${FIELD_NAMES.length} fields with ${stage.book.canaries.length} secrets × ${places.length} places; ` +
        `${answers.count} answers, ${answers.refused} of them refusals, ${answers.given} gave a secret`,
    );
  }, TIMEOUT_MS);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  it('were in every field, in those that take one both rightly and wrongly', () => {
    const uses = {
      chosen: ['accepted', 'refused'],
      made: ['accepted'],
      kept: ['accepted'],
      refused: ['refused'],
    } as const;
    const missing = FIELD_NAMES.flatMap((field) => uses[FIELDS[field]].map((use) => ({ field, use })));
    expect(missing.filter(({ field, use }) => !stage.book.hasUsed(field, use))).toEqual([]);
    expect(stage.log, 'what failed inside').toMatch(/no such table: \S*journal|relation \\"journal\\" does not exist/);
    expect([FIELD_NAMES.length, places.length]).toEqual([FIELD_COUNT, PLACE_COUNT]);
  });

  it('have a field for each setting that is a secret, and a value in each column that is sealed', () => {
    expect(listForgottenSettings()).toEqual([]);
    expect([SEALED_COLUMNS.length > 0, unusedColumns]).toEqual([true, []]);
  });

  it('are in no place, of which each has what is looked for when it is no secret', () => {
    expect(places.filter(({ text, holds }) => !text.includes(holds)).map(({ name }) => name)).toEqual([]);
    expect(
      places.flatMap(({ name, text, allowed }) => stage.book.find(text, allowed).map((found) => `${found} in ${name}`)),
    ).toEqual([]);
  });

  it('are looked for in the answer of every route of the management API that reads', async () => {
    expect(await listUnreadRoutes(stage.answers.asked)).toEqual([]);
  });

  it('are in no answer but the one that gives them', () => {
    expect(stage.answers.findLeaks()).toEqual([]);
    expect(stage.answers.findShownAgain()).toEqual([]);
  });

  it('are in the one file that is made for one, which is its owner’s alone', async () => {
    expect((await stat(path.join(stage.dataDir, PASSWORD_FILE))).mode & 0o077).toBe(0);
  });

  it('would be found in each place and in each form, had they come there', () => {
    for (const { name, text } of places) {
      const missed = stage.book.canaries.filter((each) => {
        const planted = `${text.slice(-1_000)}${each.forms.get('plain')}`;
        return findCanary(each, planted) === undefined || stage.book.find(planted).length === 0;
      });
      expect(missed, name).toEqual([]);
    }
    const canary = createCanary('planted', 'Canary-00-planted');
    const leaks = [
      '{"level":30,"path":"/x?password=Canary-00-planted"}',
      `Authorization: Basic ${Buffer.from('admin:Canary-00-planted').toString('base64')}`,
      `Bearer ${Buffer.from('{"secret":"Canary-00-planted"}').toString('base64url')}`,
      `'\\x${Buffer.from('Canary-00-planted').toString('hex')}'`,
      'https://canary-00-planted/',
      [...'Canary-00-planted'].map((unit) => `%${unit.charCodeAt(0).toString(16)}`).join(''),
      [...'Canary-00-planted'].map((unit) => `\\u00${unit.charCodeAt(0).toString(16)}`).join(''),
    ];
    for (const leak of leaks) expect(findCanary(canary, leak), leak).toBeDefined();
  });
});
