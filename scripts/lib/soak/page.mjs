/** Writes what a soak found between the marks of docs/soak.md, and its picture. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawAll } from './plot.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const PAGE = path('../../../docs/soak.md');
const PICTURE = path('../../../docs/soak.svg');

const row = (cells) => `| ${cells.join(' | ')} |`;
const middle = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const tell = (value) => value.toFixed(Number.isInteger(value) ? 0 : 1).replace('-', '−');

/** Replaces what stands between `<!-- NAME -->` and `<!-- end -->` on the page. */
export function writeBlock(name, text) {
  const page = readFileSync(PAGE, 'utf8');
  const block = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!block.test(page)) throw new Error(`docs/soak.md has no place for ${name}`);
  writeFileSync(
    PAGE,
    page.replace(block, (_all, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
}

const tellFigure = ({ title, unit, samples, rise, limit }) => {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const values = samples.map(({ value }) => value);
  const half = values.length >> 1;
  const parts = [values.slice(0, tenth), values.slice(half, half + tenth), values.slice(-tenth)];
  return row([
    `${title}${unit === '' ? '' : `, ${unit}`}`,
    ...parts.map((part) => tell(middle(part))),
    rise.toFixed(2).replace('-', '−'),
    limit,
  ]);
};

/** @param found `{ title, facts, counts, panels, minutes }` */
export function writeSoakPage({ title, facts, counts, panels, minutes }) {
  const subtitle = 'green: samples at rest; dashed: the trend of the second half, by which it is judged';
  writeFileSync(PICTURE, drawAll(title, subtitle, panels));
  const lines = [
    `![${title}](soak.svg)`,
    '',
    `\`npm run soak -- --minutes ${minutes} --write\`, ${facts}, ${panels[0].samples.length} samples:`,
    '',
    row(['', 'first tenth', 'at half', 'last tenth', 'trend of the second half', 'limit']),
    row(['---', '--:', '--:', '--:', '--:', '--:']),
    ...panels.map(tellFigure),
    '',
    row(['times', 'what']),
    row(['--:', '---']),
    ...Object.entries(counts).map(([what, times]) => row([times.toLocaleString('en'), what])),
  ];
  writeBlock('soak', lines.join('\n'));
}
