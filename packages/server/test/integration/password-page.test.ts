import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, Chromium } from '../support/chromium.ts';
import { MailServer } from '../support/mail-server.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { readLinkToken, waitForMail } from './support/wait-for-mail.ts';

const OWN = '/api/roadstead/v1';
const ORIGIN = 'https://registry.example';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const PASSWORD = 'Some-Password-1';

/** In a real browser, with the policy that the page comes with. */
describe.skipIf(CHROMIUM === undefined)('the page that links lead to', () => {
  let registry: OpenRegistry;
  let server: MailServer;
  let browser: Chromium;
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
    browser = await Chromium.open(CHROMIUM ?? '');
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await registry?.close();
    await server?.close();
  });

  const submit = (password: string, again: string) =>
    browser.evaluate(`
      document.forms[0].password.value = ${JSON.stringify(password)};
      document.forms[0].again.value = ${JSON.stringify(again)};
      document.forms[0].send.click();`);
  const said = 'document.getElementById("said").textContent';

  it('says so when the address is not complete', async () => {
    await browser.goTo(`${registry.url}/set-password?lang=fr#${'x'.repeat(42)}`);
    expect(await browser.evaluate(said)).toContain('pas complète');
    expect(await browser.evaluate('document.forms[0].hidden')).toBe(true);
  });

  it('sets the password, and has the token out of the address at once', async () => {
    await browser.goTo('about:blank');
    await browser.goTo(link);
    expect(await browser.evaluate('location.href')).toBe(`${registry.url}/set-password?lang=fr`);
    await submit(PASSWORD, `${PASSWORD}x`);
    await browser.until(`${said}.includes("différents")`);
    await submit('short', 'short');
    await browser.until(`${said}.includes("8 to 128")`);
    await submit(PASSWORD, PASSWORD);
    await browser.until(`${said}.includes("est enregistré")`);
    const { status } = await registry
      .clientOf({ username: 'carol', password: PASSWORD })
      .get('/api/v2.0/users/current');
    expect(status).toBe(200);
    expect(registry.logLines.join('\n')).not.toContain(link.split('#')[1]);
    await browser.goTo('about:blank');
    await browser.goTo(link);
    await submit('Another-Password-2', 'Another-Password-2');
    await browser.until(`${said}.includes("is over")`);
  });
});
