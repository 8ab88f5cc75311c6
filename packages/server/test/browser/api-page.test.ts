import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { openChromium } from './open-chromium.ts';

/** Where pictures of the page go; without it none are taken. */
const PICTURES = process.env['ROADSTEAD_TEST_PICTURES'];

describe('the page of the API in Chromium', () => {
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

  for (const [width, height] of [
    [1_280, 900],
    [360, 740],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`is read without scripts at ${width} pixels, ${colorScheme}`, async () => {
        const context = await browser.newContext({
          viewport: { width, height },
          colorScheme,
          javaScriptEnabled: false,
        });
        const page = await context.newPage();
        const complaints: string[] = [];
        const asked: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await page.goto(`${server.url}/api/v2.0/`);
        expect(new URL(page.url()).pathname).toBe('/devcenter-api-2.0');
        const take = async (name: string) => {
          if (PICTURES === undefined) return;
          mkdirSync(PICTURES, { recursive: true });
          await page.screenshot({ path: path.join(PICTURES, `api-${width}-${colorScheme}-${name}.png`) });
        };
        await take('1-top');
        await page.getByRole('link', { name: /^user\s*\d+$/ }).click();
        await page.locator('#listUsers > summary').click();
        const text = await page.locator('#listUsers').innerText();
        for (const shown of ['GET', '/users', 'page_size', 'UserResp', '401']) expect(text).toContain(shown);
        await take('2-operation');
        await page.locator('#listUsers').getByRole('link', { name: 'UserResp' }).first().click();
        await page.locator('#model-UserResp > summary').click();
        expect(await page.locator('#model-UserResp').innerText()).toContain('sysadmin_flag');
        await take('3-object');
        const body = await page.locator('body').boundingBox();
        expect(body?.width).toBeLessThanOrEqual(width);
        expect(complaints).toEqual([]);
        expect(asked.filter((each) => each !== '/favicon.ico')).toEqual(['/api/v2.0/', '/devcenter-api-2.0']);
        await context.close();
      });
    }
  }
});
