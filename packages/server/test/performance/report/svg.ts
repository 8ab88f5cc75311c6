/** Colours by role, each for a light and a dark surface. */
const STYLE = `
  svg { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
  .surface { fill: #ffffff; }
  .ink { fill: #1f2328; }
  .muted { fill: #59636e; font-size: 12px; }
  .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .even { stroke: #59636e; stroke-width: 1; }
  .ours { stroke: #0b63ce; fill: #0b63ce; }
  .ours-2 { stroke: #1a7f6b; fill: #1a7f6b; }
  .missed { stroke: #0b63ce; fill: #ffffff; }
  .peer { stroke: #6e7781; fill: #6e7781; }
  .peer-2 { stroke: #afb8c1; fill: #afb8c1; }
  .dashed { stroke-dasharray: 6 4; }
  .target { stroke: #bc4c00; fill: #bc4c00; }
  text, text[class] { stroke: none; }
  @media (prefers-color-scheme: dark) {
    .surface { fill: #0d1117; }
    .ink { fill: #f0f6fc; }
    .muted { fill: #9198a1; }
    .grid { stroke: #30363d; }
    .even { stroke: #9198a1; }
    .ours { stroke: #6cb0ff; fill: #6cb0ff; }
    .ours-2 { stroke: #4ac9b0; fill: #4ac9b0; }
    .missed { stroke: #6cb0ff; fill: #0d1117; }
    .peer { stroke: #8b949e; fill: #8b949e; }
    .peer-2 { stroke: #57606a; fill: #57606a; }
    .target { stroke: #f0883e; fill: #f0883e; }
  }`;

/** A picture that is readable on light and dark pages. */
export function svg(width: number, height: number, title: string, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="surface" width="${width}" height="${height}" rx="6"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

export function line(from: Point, to: Point, className: string, width = 1): string {
  return `<line x1="${round(from.x)}" y1="${round(from.y)}" x2="${round(to.x)}" y2="${round(to.y)}" class="${className}" stroke-width="${width}"/>`;
}

export function dot({ x, y }: Point, radius: number, className: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" class="${className}" stroke-width="2"/>`;
}

export function text({ x, y }: Point, content: string, className: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${className}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Maps values to places so that equal ratios lie equally far apart. */
export function logScale(
  [least, most]: readonly [number, number],
  [begin, end]: readonly [number, number],
): (value: number) => number {
  const span = Math.log(most / least);
  return (value) => begin + (Math.log(value / least) / span) * (end - begin);
}

/** 1, 2 and 5 times the powers of ten, from the one below the least to the one above the most. */
export function logTicks(least: number, most: number): readonly number[] {
  const steps = [1, 2, 5];
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((power) =>
    steps.map((step) => Number((step * 10 ** power).toPrecision(1))),
  );
  const begin = all.findLastIndex((tick) => tick <= least);
  const end = all.findIndex((tick) => tick >= most);
  return all.slice(Math.max(0, begin), end + 1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
