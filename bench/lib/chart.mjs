// Charts as SVG: bars with their spread, lines over sizes, and bars made of steps.

import { formatNumber } from './table.mjs';

const WIDTH = 860;
const FONT = 'font-family="system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif"';
const INK = '#1f2933';
const FAINT = '#7b8794';
const KINDS = {
  ours: ['tardigrade', '#0f766e'],
  threads: ['other pools, threads', '#7c9cc4'],
  processes: ['other pools, processes', '#d0a36b'],
  python: ['Python', '#b3a0cf'],
  floor: ['floor', '#c7cdd4'],
};
/** Steps of one kind have one colour on both sides. */
const STEP_COLORS = [
  [/^promise/, '#1f2933'],
  [/^submit/, '#0b5d57'],
  [/^packing/, '#17998d'],
  [/^scheduling/, '#2f6db5'],
  [/^frame/, '#b45f3c'],
  [/^wake-up/, '#e0853f'],
  [/^claims/, '#d8b13c'],
  [/^reading/, '#7a57a8'],
  [/^running/, '#4f8f3a'],
  [/^answer/, '#69c3b6'],
  [/^settling/, '#b89ad6'],
  [/^Node/, '#9aa5b1'],
  [/^garbage/, '#d9dee3'],
];

const toXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const place = (value) => Number(value.toFixed(1));

function write(x, y, text, { size = 13, anchor = 'start', color = INK, weight = 'normal' } = {}) {
  return `<text x="${place(x)}" y="${place(y)}" font-size="${size}" text-anchor="${anchor}" fill="${color}" font-weight="${weight}">${toXml(text)}</text>`;
}

const box = (x, y, width, height, color, { isFaint = false } = {}) =>
  `<rect x="${place(x)}" y="${place(y)}" width="${place(Math.max(width, 0.5))}" height="${place(height)}" fill="${color}"${isFaint ? ' opacity="0.45"' : ''}/>`;

const line = (x1, y1, x2, y2, color, width = 1) =>
  `<line x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}" stroke="${color}" stroke-width="${width}"/>`;

function frame(height, title, body) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ${FONT} role="img">`,
    `<title>${toXml(title)}</title>`,
    box(0, 0, WIDTH, height, '#ffffff'),
    write(16, 26, title, { size: 15, weight: 'bold' }),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Words beside coloured boxes, in rows that are as long as the picture is wide. */
function drawLegend(entries, top) {
  const drawn = [];
  let [x, y] = [16, top];
  for (const [label, color] of entries) {
    const width = 26 + label.length * 7;
    if (x + width > WIDTH - 8) [x, y] = [16, y + 20];
    drawn.push(box(x, y - 10, 12, 12, color), write(x + 17, y, label, { size: 12, color: FAINT }));
    x += width;
  }
  return { drawn, bottom: y };
}

const kindOf = ({ isOurs, kind }) => (isOurs ? 'ours' : kind);

/** @param rows `{ name, kind, isOurs, isFaint, median, min, max }` in the order they are shown */
export function drawBars({ title, unit, better, rows }) {
  const kinds = Object.keys(KINDS).filter((kind) => rows.some((row) => kindOf(row) === kind));
  const legend = drawLegend(
    kinds.map((kind) => KINDS[kind]),
    72,
  );
  const [left, right, step] = [300, 96, 26];
  const top = legend.bottom + 18;
  const most = Math.max(...rows.map(({ max }) => max));
  const at = (value) => left + (value / most) * (WIDTH - left - right);
  const drawn = rows.flatMap((row, index) => {
    const y = top + index * step;
    const middle = y + 9;
    return [
      write(left - 10, y + 14, row.name, { anchor: 'end', weight: row.isOurs ? 'bold' : 'normal' }),
      box(left, y, at(row.median) - left, 18, KINDS[kindOf(row)][1], row),
      line(at(row.min), middle, at(row.max), middle, INK, 1.5),
      line(at(row.min), middle - 4, at(row.min), middle + 4, INK, 1.5),
      line(at(row.max), middle - 4, at(row.max), middle + 4, INK, 1.5),
      write(at(row.max) + 8, y + 14, formatNumber(row.median)),
    ];
  });
  const subtitle = write(16, 47, `${unit}, ${better} is better; bar: median, line: smallest to largest round`, {
    size: 12,
    color: FAINT,
  });
  return frame(top + rows.length * step + 8, title, [subtitle, ...legend.drawn, ...drawn]);
}

/** @param series `{ name, color, isOurs, values }`, one value (or null) for each of `places`, on a scale of powers of ten */
export function drawLines({ title, unit, places, series }) {
  const [left, right, top, height] = [70, 235, 70, 330];
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null)).map(Math.log10);
  const [low, high] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
  const x = (index) => left + (index / (places.length - 1)) * (WIDTH - left - right);
  const y = (value) => top + height - ((Math.log10(value) - low) / (high - low)) * height;
  const grid = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)).flatMap((value) => [
    line(left, y(value), WIDTH - right, y(value), '#e4e7eb'),
    write(left - 8, y(value) + 4, value.toLocaleString('en', { maximumFractionDigits: 6 }), {
      anchor: 'end',
      size: 12,
      color: FAINT,
    }),
  ]);
  const names = places.map((name, index) => write(x(index), top + height + 20, name, { anchor: 'middle', size: 12 }));
  const ends = spreadLabels(series, y);
  const lines = series.flatMap(({ name, color, isOurs, values }, index) => {
    const points = values.flatMap((value, at) => (value === null ? [] : [[x(at), y(value)]]));
    const path = points.map(([px, py]) => `${place(px)},${place(py)}`).join(' ');
    return [
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="${isOurs ? 3 : 1.5}"/>`,
      ...points.map(([px, py]) => `<circle cx="${place(px)}" cy="${place(py)}" r="3" fill="${color}"/>`),
      write(WIDTH - right + 12, ends[index] + 4, name, { size: 12, color, weight: isOurs ? 'bold' : 'normal' }),
    ];
  });
  const subtitle = write(16, 47, `${unit}, each line across is ten times the one below`, { size: 12, color: FAINT });
  return frame(top + height + 36, title, [subtitle, ...grid, ...names, ...lines]);
}

/** Where the names of lines stand: at their ends, but never on one another. */
function spreadLabels(series, y) {
  const ends = series.map(({ values }, index) => ({ index, y: y(values.filter((value) => value !== null).at(-1)) }));
  ends.sort((a, b) => a.y - b.y);
  for (let at = 1; at < ends.length; at += 1) ends[at].y = Math.max(ends[at].y, ends[at - 1].y + 16);
  return ends.sort((a, b) => a.index - b.index).map((end) => end.y);
}

/** @param rows `{ name, steps: { name, us }[] }`: each a bar made of its steps, longest first as they come */
export function drawSteps({ title, unit, rows }) {
  const names = [...new Set(rows.flatMap(({ steps }) => steps.map(({ name }) => name)))];
  const colorOf = (name) => STEP_COLORS.find(([pattern]) => pattern.test(name))?.[1] ?? FAINT;
  const sums = rows.map(({ steps }) => steps.reduce((sum, { us }) => sum + us, 0));
  const [left, right, step] = [190, 80, 38];
  const factor = (WIDTH - left - right) / Math.max(...sums);
  const legend = drawLegend(
    names.map((name) => [name, colorOf(name)]),
    72,
  );
  const top = legend.bottom + 20;
  const drawn = rows.flatMap(({ name, steps }, index) => {
    const y = top + index * step;
    let x = left;
    const parts = steps.map((part) => {
      const drawnPart = box(x, y, part.us * factor, 26, colorOf(part.name));
      x += part.us * factor;
      return drawnPart;
    });
    return [
      write(left - 10, y + 18, name, { anchor: 'end' }),
      ...parts,
      write(x + 8, y + 18, `${formatNumber(sums[index])} µs`),
    ];
  });
  const subtitle = write(16, 47, unit, { size: 12, color: FAINT });
  return frame(top + rows.length * step + 8, title, [subtitle, ...legend.drawn, ...drawn]);
}
