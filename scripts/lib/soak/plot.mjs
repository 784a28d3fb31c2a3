/** Samples over time as text, and as small charts in one picture (SVG). */

const COLUMNS = 64;
const ROWS = 6;
/** A figure that never changes is drawn in the middle of this much. */
const LEAST_RANGE = 1;

function middle(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

function rangeOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0, LEAST_RANGE - (high - low)) / 2;
  return [Math.max(0, low - margin), high + margin];
}

const tell = (value) => value.toFixed(value < 100 && !Number.isInteger(value) ? 1 : 0);

/** Lines: an axis with its lowest and highest value, and the middle of the samples in each column. */
export function plotText({ title, unit, samples, verdict }) {
  const values = samples.map(({ value }) => value);
  const [low, high] = rangeOf(values);
  const columns = Math.min(COLUMNS, values.length);
  const cut = (column) => Math.floor((column * values.length) / columns);
  const levels = Array.from({ length: columns }, (_, column) => {
    const value = middle(values.slice(cut(column), cut(column + 1)));
    return Math.min(ROWS - 1, Math.floor(((value - low) / (high - low)) * ROWS));
  });
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const row = ROWS - 1 - index;
    const label = row === ROWS - 1 ? tell(high) : row === 0 ? tell(low) : '';
    return `${label.padStart(8)} │${levels.map((level) => (level === row ? '●' : ' ')).join('')}`.trimEnd();
  });
  const minutes = (samples.at(-1).atMs - samples[0].atMs) / 60_000;
  const axis = `${' '.repeat(9)}└${'─'.repeat(columns)} ${minutes.toFixed(1)} min`;
  return ['', `${title}${unit === '' ? '' : `, ${unit}`}: ${verdict}`, ...rows, axis];
}

const [WIDTH, PANEL_WIDTH, PANEL_HEIGHT, PER_ROW] = [860, 280, 150, 3];
const INK = '#1f2933';
const FAINT = '#7b8794';
const place = (number) => Number(number.toFixed(1));
const toXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function write(x, y, text, { size = 11, anchor = 'start', color = INK, weight = 'normal' } = {}) {
  return `<text x="${place(x)}" y="${place(y)}" font-size="${size}" text-anchor="${anchor}" fill="${color}" font-weight="${weight}">${toXml(text)}</text>`;
}

function drawPanel({ title, unit, samples, verdict, trend }, index) {
  const left = 16 + (index % PER_ROW) * PANEL_WIDTH;
  const top = 64 + Math.floor(index / PER_ROW) * PANEL_HEIGHT;
  const [inset, width, height] = [38, PANEL_WIDTH - 60, PANEL_HEIGHT - 62];
  const values = samples.map(({ value }) => value);
  const [low, high] = rangeOf(values);
  const [startMs, endMs] = [samples[0].atMs, samples.at(-1).atMs];
  const x = (atMs) => left + inset + ((atMs - startMs) / (endMs - startMs)) * width;
  const y = (value) => top + 22 + height - ((value - low) / (high - low)) * height;
  const line = (points) => points.map(({ atMs, value }) => `${place(x(atMs))},${place(y(value))}`).join(' ');
  const grid = (value) =>
    `<line x1="${place(left + inset)}" y1="${place(y(value))}" x2="${place(left + inset + width)}" y2="${place(y(value))}" stroke="#e4e7eb"/>`;
  return [
    write(left, top + 8, `${title}${unit === '' ? '' : `, ${unit}`}`, { size: 12, weight: 'bold' }),
    grid(low),
    grid(high),
    write(left + inset - 5, y(high) + 4, tell(high), { anchor: 'end', color: FAINT }),
    write(left + inset - 5, y(low) + 4, tell(low), { anchor: 'end', color: FAINT }),
    `<polyline points="${line(samples)}" fill="none" stroke="#0f766e" stroke-width="1.5"/>`,
    `<polyline points="${line(trend)}" fill="none" stroke="#c2410c" stroke-width="2" stroke-dasharray="5 3"/>`,
    write(left + inset, top + height + 38, verdict, { color: FAINT }),
  ];
}

/** One picture with a small chart for each figure. */
export function drawAll(title, subtitle, panels) {
  const height = 64 + Math.ceil(panels.length / PER_ROW) * PANEL_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, -apple-system, Segoe UI, DejaVu Sans, sans-serif" role="img">`,
    `<title>${toXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    write(16, 26, title, { size: 15, weight: 'bold' }),
    write(16, 45, subtitle, { size: 12, color: FAINT }),
    ...panels.flatMap(drawPanel),
    '</svg>',
    '',
  ].join('\n');
}
