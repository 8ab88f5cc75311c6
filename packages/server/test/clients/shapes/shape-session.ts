import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ClientSession } from '../bench/client-session.ts';
import type { Bench } from '../bench/client-suite.ts';
import type { AttachedShape, PushedShape } from './pushed-shapes.ts';

const PLAIN = '--plain-http';

/** A session of oras with the programs that make what oras does not. */
export class ShapeSession extends ClientSession {
  readonly helm: string;
  readonly cosign2: string;
  readonly cosign3: string;
  readonly notation: string;
  #count = 0;

  private constructor(
    bench: Bench,
    programs: Readonly<Record<'oras' | 'helm' | 'cosign2' | 'cosign3' | 'notation', string>>,
  ) {
    const { username, password } = bench.registry.access;
    // What cosign asks of the outside is refused on this machine at once: signatures are made with a key alone.
    const env = { COSIGN_PASSWORD: '', HTTPS_PROXY: 'http://127.0.0.1:9' };
    const home = bench.makeHome('shapes', {
      env: { ...env, NOTATION_USERNAME: username, NOTATION_PASSWORD: password },
    });
    super(bench, 'shapes', home, programs.oras);
    this.helm = programs.helm;
    this.cosign2 = programs.cosign2;
    this.cosign3 = programs.cosign3;
    this.notation = programs.notation;
  }

  static async open(bench: Bench): Promise<ShapeSession> {
    const { toolbox } = bench;
    const [debian, oras, helm, cosign3, notation] = await Promise.all([
      toolbox.get('debian'),
      toolbox.get('oras-new'),
      toolbox.get('helm4-new'),
      toolbox.get('cosign3'),
      toolbox.get('notation'),
    ]);
    const session = new ShapeSession(bench, { oras, helm, cosign2: `${debian}/cosign`, cosign3, notation });
    const auth = Buffer.from(session.registry.credentials).toString('base64');
    session.writeFile('home/.docker/config.json', JSON.stringify({ auths: { [session.host]: { auth } } }));
    await session.home.run(session.cosign2, ['generate-key-pair', '--output-key-prefix', 'key']);
    session.writeFile(
      'no-services.json',
      '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}',
    );
    await session.home.run(notation, ['certificate', 'generate-test', 'ann.example.test']);
    return session;
  }

  /** Pushes an image of its own for something to be attached to; returns its name. */
  async provideSubject(): Promise<string> {
    this.#count += 1;
    const name = `subject-${this.#count}`;
    const { layout, root } = this.images.amd64;
    await this.registry.pushLayout(layout, root, this.repository(name), 'v1');
    return name;
  }

  async pushShape(name: string, { config, artifactType, files, annotations = [] }: PushedShape): Promise<void> {
    const folder = this.#write(name, [...(config ? [config] : []), ...files]);
    const flags = [
      ...(config ? ['--config', `${config[0]}:${config[2]}`] : []),
      ...(artifactType === undefined ? [] : ['--artifact-type', artifactType]),
      ...annotations.flatMap((annotation) => ['--annotation', annotation]),
    ];
    const named = files.map(([file, , mediaType]) => `${file}:${mediaType}`);
    await this.run(['push', PLAIN, ...flags, this.reference(name), ...named], { cwd: folder });
  }

  async attachShape(subject: string, { artifactType, file, annotations = [] }: AttachedShape): Promise<void> {
    const folder = this.#write(`to-${subject}`, [file]);
    const flags = ['--artifact-type', artifactType, ...annotations.flatMap((each) => ['--annotation', each])];
    await this.run(['attach', PLAIN, ...flags, this.reference(subject), `${file[0]}:${file[2]}`], { cwd: folder });
  }

  /** Pushes a manifest that is written out, as oras takes it. */
  async pushManifest(reference: string, mediaType: string, manifest: object): Promise<void> {
    const file = this.writeFile('manifest.json', JSON.stringify({ ...manifest, mediaType }));
    await this.run(['manifest', 'push', PLAIN, '--media-type', mediaType, reference, file]);
  }

  /** Asserts what the management API shows of an artifact, and that it is a line of the list. */
  async mustShow(
    name: string,
    expected: PushedShape['shown'],
    manifestMediaType: RegExp = /^application\/vnd\.oci\.image\.manifest/,
  ): Promise<void> {
    const shown = await this.registry.findArtifact(this.repository(name), 'v1');
    if (shown === undefined) return;
    const additions = Object.keys(shown.addition_links ?? {}).toSorted();
    assert.deepEqual(
      { type: shown.type, mediaType: shown.media_type, additions },
      { type: expected.type, mediaType: expected.mediaType, additions: expected.additions ?? [] },
    );
    assert.match(shown.manifest_media_type ?? '', manifestMediaType);
    assert.deepEqual(shown.accessories ?? [], []);
    for (const link of Object.values(shown.addition_links ?? {})) assert.match(link.href, /\/additions\//);
  }

  #write(name: string, files: readonly (readonly [string, string, string])[]): string {
    const folder = this.home.path('files', name.replaceAll('/', '-'));
    mkdirSync(folder, { recursive: true });
    for (const [file, content] of files) writeFileSync(path.join(folder, file), content);
    return folder;
  }
}
