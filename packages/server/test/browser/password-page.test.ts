import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenRegistry, openRegistry } from '../integration/support/open-registry.ts';
import { readLinkToken, waitForMail } from '../integration/support/wait-for-mail.ts';
import { MailServer } from '../support/mail-server.ts';
import { openChromium } from './open-chromium.ts';

const OWN = '/api/roadstead/v1';
const ORIGIN = 'https://registry.example';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const PASSWORD = 'Some-Password-1';

/** In a real browser, with the policy that the page comes with. */
describe('the page that links lead to', () => {
  let registry: OpenRegistry;
  let server: MailServer;
  let browser: Browser;
  let page: Page;
  let link: string;

  beforeAll(async () => {
    server = new MailServer();
    await server.open();
    const env = { ROADSTEAD_EXTERNAL_URL: ORIGIN, ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' };
    registry = await openRegistry({ env });
    const mail = {
      server: { host: '127.0.0.1', port: server.port, security: 'none' },
      from: { address: 'a@b.example' },
    };
    await registry.admin.put(`${OWN}/mail/settings`, JSON.stringify(mail), JSON_TYPE);
    const carol = { username: 'carol', email: 'carol@example.com', invite: true };
    expect((await registry.admin.post(`${OWN}/users`, JSON.stringify(carol), JSON_TYPE)).status).toBe(201);
    const token = readLinkToken(await waitForMail(server, 'carol@example.com'), ORIGIN);
    // The origin is the operator's, which this test has no name server for.
    link = `${registry.url}/set-password?lang=fr#${token}`;
    browser = await openChromium();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await registry?.close();
    await server?.close();
  });

  const submit = async (password: string, again: string) => {
    await page.locator('[name=password]').fill(password);
    await page.locator('[name=again]').fill(again);
    await page.locator('[name=send]').click();
  };
  const said = () => page.locator('#said');

  it('says so when the address is not complete', async () => {
    await page.goto(`${registry.url}/set-password?lang=fr#${'x'.repeat(42)}`);
    expect(await said().textContent()).toContain('pas complète');
    expect(await page.locator('form').isHidden()).toBe(true);
  });

  it('sets the password, and has the token out of the address at once', async () => {
    await page.goto('about:blank');
    await page.goto(link);
    expect(page.url()).toBe(`${registry.url}/set-password?lang=fr`);
    await submit(PASSWORD, `${PASSWORD}x`);
    await said().filter({ hasText: 'différents' }).waitFor();
    await submit('short', 'short');
    await said().filter({ hasText: '8 to 128' }).waitFor();
    await submit(PASSWORD, PASSWORD);
    await said().filter({ hasText: 'est enregistré' }).waitFor();
    const { status } = await registry
      .clientOf({ username: 'carol', password: PASSWORD })
      .get('/api/v2.0/users/current');
    expect(status).toBe(200);
    expect(registry.logLines.join('\n')).not.toContain(link.split('#')[1]);
    await page.goto('about:blank');
    await page.goto(link);
    await submit('Another-Password-2', 'Another-Password-2');
    await said().filter({ hasText: 'is over' }).waitFor();
  });
});
