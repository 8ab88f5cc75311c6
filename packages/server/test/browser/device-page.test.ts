import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { openChromium } from './open-chromium.ts';

const PASSWORD = 'Correct-horse-9-battery';
/** Where pictures of the page go; without it none are taken. */
const PICTURES = process.env['ROADSTEAD_TEST_PICTURES'];

describe('the page for logins with a browser in Chromium', () => {
  let server: RunningRoadstead;
  let browser: Browser;

  beforeAll(async () => {
    server = await startRoadstead();
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const send = async (target: string, fields: Record<string, string>) => {
    const body = new URLSearchParams({ client_id: 'test', ...fields });
    return (await fetch(`${server.url}${target}`, { method: 'POST', body })).json() as Promise<Record<string, string>>;
  };
  const take = async (page: Page, name: string) => {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  };

  for (const [width, height] of [
    [1_280, 800],
    [360, 740],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`leads through a login at ${width} pixels, ${colorScheme}`, async () => {
        const name = `${width}-${colorScheme}`;
        const context = await browser.newContext({ viewport: { width, height }, colorScheme });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        const begun = await send('/device/authorize', { client_name: `${name} build-machine-with-a-rather-long-name` });
        await page.goto(begun['verification_uri_complete'] ?? '');
        await take(page, `${name}-1-sign-in`);
        await page.getByLabel('User name').fill('admin');
        await page.getByLabel('Password').fill('Wrong-Password-1');
        await page.getByRole('button', { name: 'Sign in' }).click();
        expect(await page.getByRole('alert').textContent()).toContain('wrong');
        await page.getByLabel('User name').fill('admin');
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.waitForURL(/user_code=/);
        const text = await page.locator('main').innerText();
        for (const shown of [begun['user_code'] ?? '?', name, '127.0.0.1', 'signed in as admin'])
          expect(text).toContain(shown);
        await take(page, `${name}-2-decide`);
        const isWide = await page.evaluate(
          'document.documentElement.scrollWidth > document.documentElement.clientWidth',
        );
        expect(isWide, 'nothing sticks out').toBe(false);
        await page.getByRole('button', { name: 'Let it in' }).click();
        expect(await page.getByRole('heading').textContent()).toBe('It is let in');
        await take(page, `${name}-3-done`);
        const grant = 'urn:ietf:params:oauth:grant-type:device_code';
        const granted = await send('/device/token', { grant_type: grant, device_code: begun['device_code'] ?? '' });
        expect(granted).toMatchObject({ username: 'admin', token_type: 'Bearer' });

        await page.goto(`${server.url}/device`);
        await take(page, `${name}-4-code`);
        await page.getByLabel('Code').fill('bcdf ghjk');
        await page.getByRole('button', { name: 'Go on' }).click();
        expect(await page.getByRole('alert').textContent()).toContain('No login waits under this code');
        // The wrong password and the wrong code are answers that Chromium writes down; of the policy there is no word.
        expect(complaints.filter((line) => !/status of 40[14]/.test(line))).toEqual([]);
        await context.close();
      });
    }
  }

  it('is in nobody’s frame', async () => {
    // A real site beside it: Chromium lets no page of the network frame what is on this machine.
    const site = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${server.url}${request.url}"></iframe>`);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const { port } = site.address() as AddressInfo;
    const page = await browser.newPage();
    const frame = async (target: string) => {
      await page.goto(`http://127.0.0.1:${port}${target}`);
      await page.waitForLoadState('networkidle');
      return page
        .frames()
        .find((each) => each.parentFrame() !== null)
        ?.url();
    };
    // What says nothing of frames is shown in one: else the page itself would not have to.
    expect(await frame('/healthz')).toBe(`${server.url}/healthz`);
    expect(await frame('/device')).toMatch(/^chrome-error:/);
    await page.close();
    site.close();
  });
});
