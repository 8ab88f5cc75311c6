import { describe, expect, it } from 'vitest';
import { renderMail } from './rendered-mail.ts';
import { renderTestMail } from './test-mail.ts';

describe('the words of a mail', () => {
  it('are text, whatever is in them', () => {
    const evil = '<img src=x onerror="a()">&\'\r\nBcc: eve@evil.example';
    const { subject, text, html } = renderMail('en', {
      subject: evil,
      paragraphs: [evil, 'end'],
      link: 'https://a/?b&c',
    });
    expect(subject).not.toMatch(/[\r\n]/);
    expect(html).not.toMatch(/<img|onerror="/);
    expect(html).toContain('<p>&lt;img src=x onerror=&quot;a()&quot;&gt;&amp;&#39; Bcc: eve@evil.example</p>');
    expect(html).toContain('<p><a href="https://a/?b&amp;c">https://a/?b&amp;c</a></p>');
    expect(text).toBe('<img src=x onerror="a()">&\' Bcc: eve@evil.example\n\nhttps://a/?b&c\n\nend\n');
  });

  it('of a test', () => {
    expect(renderTestMail('en', 'registry.example')).toEqual({
      subject: 'Test mail from registry.example',
      text: 'The registry registry.example can send mail.\n\nAn administrator asked for this message. There is nothing to do.\n',
      html: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Test mail from registry.example</title>
<body>
<p>The registry registry.example can send mail.</p>
<p>An administrator asked for this message. There is nothing to do.</p>
</body>
</html>
`,
    });
    expect(renderTestMail('fr', 'registry.example')).toEqual({
      subject: 'Message d’essai de registry.example',
      text: 'Le registre registry.example peut envoyer du courrier.\n\nUn administrateur a demandé ce message. Vous n’avez rien à faire.\n',
      html: `<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<title>Message d’essai de registry.example</title>
<body>
<p>Le registre registry.example peut envoyer du courrier.</p>
<p>Un administrateur a demandé ce message. Vous n’avez rien à faire.</p>
</body>
</html>
`,
    });
  });
});
