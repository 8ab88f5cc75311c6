import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Arming, formatArming } from './arming.ts';

/** Arms the failpoints of a running server, through a file that it reads at each of them. */
export class FailpointControl {
  readonly file: string;
  /** What the server is to load before its program, and to find in its environment. */
  readonly preload = [path.resolve(import.meta.dirname, 'arm-failpoints.ts')];
  readonly env: Readonly<Record<string, string>>;
  #count = 0;

  constructor(file: string) {
    this.file = file;
    this.env = { FAILPOINT_CONTROL: file };
    this.disarm();
  }

  arm(arming: Omit<Arming, 'id'>): void {
    this.#count += 1;
    this.#write(formatArming({ ...arming, id: String(this.#count) }));
  }

  disarm(): void {
    this.#write('');
  }

  /** How often the last arming has struck, or was passed where it only counts. */
  strikes(): number {
    const file = `${this.file}.struck`;
    if (!existsSync(file)) return 0;
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith(`:${this.#count}`)).length;
  }

  /** In one piece, since the server may be reading it. */
  #write(text: string): void {
    writeFileSync(`${this.file}.new`, text);
    renameSync(`${this.file}.new`, this.file);
  }
}
