import { describe, expect, it } from 'vitest';
import { renderMail } from './rendered-mail.ts';
import { renderTestMail } from './test-mail.ts';

describe('the words of a mail', () => {
  it('are text, whatever is in them', () => {
    const evil = '<img src=x onerror="a()">&\'\r\nBcc: eve@evil.example';
    const { subject, text, html } = renderMail('en', {
      subject: evil,
      paragraphs: [evil, 'end'],
      link: { url: 'https://a/?b&c', label: evil },
      footer: evil,
    });
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toMatch(/<img|onerror="/);
    expect(html).toContain('>&lt;img src=x onerror=&quot;a()&quot;&gt;&amp;&#39; Bcc: eve@evil.example</p>');
    expect(html).toContain('<a href="https://a/?b&amp;c" ');
    const line = '<img src=x onerror="a()">&\' Bcc: eve@evil.example';
    expect(text).toBe(`${line}\n\nhttps://a/?b&c\n\nend\n\n--\n\n${line}\n`);
  });

  it('have a subject that fits into a header, however long the name of the registry is', () => {
    for (const registry of [`${'r'.repeat(83)}😀.example`, 'x'.repeat(253)]) {
      const { subject } = renderMail('en', { subject: `Test mail from ${registry}`, paragraphs: [] });
      expect(subject.length).toBeLessThanOrEqual(100);
      expect(subject.isWellFormed()).toBe(true);
    }
  });

  it('of a test', () => {
    const english = renderTestMail('en', 'registry.example');
    expect(english.subject).toBe('Test mail from registry.example');
    expect(english.text).toBe(
      'The registry registry.example can send mail.\n\nAn administrator asked for this message. There is nothing to do.\n',
    );
    expect(english.html).toContain('<html lang="en">');
    const french = renderTestMail('fr', 'registry.example');
    expect(french.subject).toBe('Message d’essai de registry.example');
    expect(french.text).toContain('Le registre registry.example peut envoyer du courrier.\n\n');
    expect(french.html).toContain('<html lang="fr">');
  });
});
