// Draws the charts and the generated sections of docs/performance.md from the stored results. The prose between the
// sections is written by hand and stays.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawBars, drawLines, drawSteps } from './chart.mjs';
import { compareRows, findBest, measured } from './goals.mjs';
import { LIMITS } from './limits.mjs';
import { median, summarize } from './statistics.mjs';
import { formatNumber } from './table.mjs';
import { writeWhole } from './write-whole.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const RESULTS = path('../results/');
const PAGE = path('../../docs/performance.md');
const CHARTS = path('../../docs/performance/');
/** In the order of the table of goals. */
const WITH_GOALS = ['tiny', 'latency', 'skew', 'map', 'payload', 'memory', 'cold', 'reuse'];
const SIZES = ['100B', '10KB', '100KB', '1MB', '8MB', '64MB', '256MB'];

/** Drawn so far, by name. They are written with the page, once all of it stands. */
const charts = new Map();

const cells = (row) => `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
const tableOf = ([head, ...rows], texts = [0]) =>
  [cells(head), cells(head.map((_, column) => (texts.includes(column) ? '---' : '--:'))), ...rows.map(cells)].join(
    '\n',
  );

const withFigures = ({ rows }) =>
  rows.filter((row) => measured(row).length > 0).map((row) => ({ ...row, ...summarize(measured(row)) }));

const sorted = (rows, better) => rows.sort((a, b) => (better === 'higher' ? b.median - a.median : a.median - b.median));

function tellPart(part) {
  const bests = ['thread peer', 'process peer'].map((group) => findBest(part.rows, group, part.better));
  const factor = (row, best) => {
    const ratio = best === undefined ? undefined : compareRows(row, best, part.better);
    return ratio === undefined ? '–' : `${formatNumber(ratio.median)} ×`;
  };
  const rows = sorted(withFigures(part), part.better).map((row) => [
    row.isOurs ? `**${row.name}**` : row.name,
    formatNumber(row.median),
    `${formatNumber(row.min)} to ${formatNumber(row.max)}`,
    ...bests.map((best) => factor(row, best)),
  ]);
  const failed = part.rows.filter(({ failure }) => failure !== undefined);
  const notes = failed.map(({ name, failure }) => `${name}: ${failure}`);
  const head = ['', part.unit, 'smallest to largest', 'to the best thread peer', 'to the best process peer'];
  return [tableOf([head, ...rows]), ...(notes.length > 0 ? [`Failed: ${notes.join('; ')}.`] : [])].join('\n\n');
}

const image = (name, title) => `![${title}](performance/${name}.svg)`;

function drawPart(part, name) {
  const { title, unit, better } = part;
  charts.set(name, drawBars({ title, unit, better, rows: sorted(withFigures(part), better) }));
  return image(name, title);
}

/** A chart of the first part, and a table of each. */
function tellAll({ parts }, name) {
  return [
    drawPart(parts[0], name),
    ...parts.flatMap((part) => [`${part.title}, ${part.better} is better:`, tellPart(part)]),
  ];
}

/** One table for many parts: a row for each pool, a column for each part. */
function tellMatrix(parts, columns) {
  const names = [...new Set(parts.flatMap(({ rows }) => rows.map(({ name }) => name)))];
  const cell = (name, part) => {
    const row = part.rows.find((one) => one.name === name);
    if (row === undefined) return '';
    return measured(row).length > 0 ? formatNumber(median(measured(row))) : 'failed';
  };
  return tableOf([['', ...columns], ...names.map((name) => [name, ...parts.map((part) => cell(name, part))])]);
}

const SERIES_COLORS = ['#0f766e', '#34a394', '#7fc8bb'];

function tellPayload({ parts }) {
  return ['argument', 'result'].flatMap((direction) => {
    const chosen = SIZES.map((size) => parts.find(({ id }) => id === `${direction}-${size}`)).filter(Boolean);
    if (chosen.length < 2) return [];
    const places = chosen.map(({ id }) => id.slice(direction.length + 1));
    const figureOf = (row) => (row === undefined || measured(row).length === 0 ? null : median(measured(row)));
    const oursNames = [
      ...new Set(chosen.flatMap(({ rows }) => rows.filter(({ isOurs }) => isOurs).map(({ name }) => name))),
    ];
    const ours = oursNames.map((name, index) => ({
      name: name.replace('tardigrade, ', ''),
      color: SERIES_COLORS[index],
      isOurs: true,
      values: chosen.map(({ rows }) => figureOf(rows.find((row) => row.name === name))),
    }));
    const bests = [
      ['thread peer', '#5b7fae'],
      ['process peer', '#b9803a'],
    ].map(([group, color]) => ({
      name: `best ${group} at each size`,
      color,
      isOurs: false,
      values: chosen.map((part) => figureOf(findBest(part.rows, group, part.better))),
    }));
    const title = `A Float64Array as ${direction}, by its size`;
    const svg = drawLines({ title, unit: 'ms a task, lower is better', places, series: [...ours, ...bests] });
    charts.set(`payload-${direction}`, svg);
    return [image(`payload-${direction}`, title), `${title}, ms a task:`, tellMatrix(chosen, places)];
  });
}

function tellWaiting({ parts }) {
  const kinds = [...new Set(parts.map(({ id }) => id.split('-').at(-1)))];
  const last = parts.filter(({ id }) => id.endsWith('-cpu')).at(-1);
  const tables = kinds.flatMap((key) => {
    const chosen = parts.filter(({ id }) => id.endsWith(`-${key}`));
    const [{ title, unit }] = chosen;
    return [
      `${title.split(': ')[1]}, ${unit}:`,
      tellMatrix(
        chosen,
        chosen.map(({ workers }) => `${workers} waiting`),
      ),
    ];
  });
  return [drawPart(last, 'waiting'), ...tables];
}

function tellSteps({ parts }) {
  const byId = (id) => parts.find((part) => part.id === id);
  const floor = byId('steps-floor');
  const kinds = ['processes', 'threads'].map((kind) => [kind, byId(`steps-${kind}`)]);
  const rows = [
    { name: 'floor', steps: [{ name: 'promise and map entry', us: floor.us }] },
    ...kinds.flatMap(([kind, part]) =>
      ['host', 'worker'].map((side) => ({ name: `${kind}, ${side}`, steps: part[side] })),
    ),
  ];
  const title = 'What a task that does nothing costs, step by step';
  charts.set('steps', drawSteps({ title, unit: `${floor.unit}; 20,000 at once, one worker`, rows }));
  const tables = ['host', 'worker'].map((side) => {
    const [[, first], [, second]] = kinds;
    const body = first[side].map(({ name, us }, index) => [
      name,
      formatNumber(us),
      formatNumber(second[side][index].us),
    ]);
    const sums = kinds.map(([, part]) => formatNumber(part[side].reduce((sum, { us }) => sum + us, 0)));
    return tableOf([[`in the ${side}`, 'processes, µs', 'threads, µs'], ...body, ['all', ...sums]]);
  });
  const hottest = kinds.map(([kind, { hottest: all }]) => {
    const top = all.filter(({ side }) => side === 'host').slice(0, 6);
    return `Most own time in the host, ${kind}: ${top.map(({ name, us }) => `\`${name}\` ${formatNumber(us)} µs`).join(', ')}.`;
  });
  return [image('steps', title), `The floor costs ${formatNumber(floor.us)} ${floor.unit}.`, ...tables, ...hottest];
}

const REUSED = ', reused';
const NEW = ', new';

/** What is measured in pairs is told in pairs: what a job takes on a pool that is kept, and on a new one. */
function tellReuse({ parts: [jobs, calls] }) {
  const names = jobs.rows.map(({ name }) => name).filter((name) => name.endsWith(REUSED));
  const rowsOf = (name) => [name, name.replace(REUSED, NEW)].map((one) => jobs.rows.find((row) => row.name === one));
  const pairs = names.map(rowsOf).filter((pair) => withFigures({ rows: pair }).length === 2);
  const bars = withFigures({ rows: pairs.flat() }).map((row) => ({ ...row, isFaint: row.name.endsWith(NEW) }));
  charts.set('reuse', drawBars({ ...jobs, rows: bars }));
  const rows = pairs.map(([kept, fresh]) => {
    const [keptMs, freshMs] = [kept, fresh].map((row) => summarize(measured(row)));
    const ratio = compareRows(kept, fresh, jobs.better);
    const name = kept.name.replace(REUSED, '');
    return [
      kept.isOurs ? `**${name}**` : name,
      ...[freshMs, keptMs].map(
        ({ median: middle, min, max }) => `${formatNumber(middle)} (${formatNumber(min)} to ${formatNumber(max)})`,
      ),
      `${formatNumber(freshMs.median - keptMs.median)} ms`,
      `${formatNumber(ratio.median)} × (${formatNumber(ratio.min)} to ${formatNumber(ratio.max)})`,
    ];
  });
  const head = ['', `new each time, ${jobs.unit}`, `reused, ${jobs.unit}`, 'saved', 'times as fast'];
  const costs = withFigures(calls).map(({ name, isOurs, median: middle, min, max }) => [
    isOurs ? `**${name}**` : name,
    formatNumber(middle),
    `${formatNumber(min)} to ${formatNumber(max)}`,
  ]);
  return [
    image('reuse', jobs.title),
    tableOf([head, ...rows]),
    `${calls.title}:`,
    tableOf([['', calls.unit, 'smallest to largest'], ...costs]),
  ];
}

function tellGoals(results) {
  const inOrder = WITH_GOALS.map((name) => results[name]).filter(Boolean);
  const rows = inOrder.flatMap(({ parts }) =>
    parts.flatMap(({ goals = [], title }) =>
      goals.map((goal) => [
        title.split(':')[0],
        goal.text,
        goal.note ?? `${formatNumber(goal.median)} (${formatNumber(goal.min)} to ${formatNumber(goal.max)})`,
        goal.than ?? '',
        goal.isReached ? 'reached' : goal.isReached === false ? '**not reached**' : 'not judged',
      ]),
    ),
  );
  if (rows.length === 0) return ['No goal has been measured yet.'];
  return [
    tableOf([['question', 'goal', 'measured (rounds)', 'against', ''], ...rows], [0, 1, 2, 3, 4]),
    tellMissed(inOrder),
  ];
}

function tellMissed(results) {
  const goals = results.flatMap(({ parts }) => parts.flatMap((part) => part.goals ?? []));
  if (goals.every(({ isReached }) => isReached === true)) return 'All of these are reached.';
  const missed = goals.filter(({ isReached }) => isReached === false);
  return missed
    .map(
      ({ text }) => `- **${text}** is not reached. ${LIMITS[text] ?? 'What the limit is has not been found out yet.'}`,
    )
    .join('\n');
}

function tellMachine(results) {
  const all = Object.values(results);
  const [{ node, platform, cpu, cpus }] = all;
  const dates = all.map(({ date }) => date.slice(0, 10)).sort();
  const loads = all.flatMap(({ load }) => load);
  const lines = [
    `Node ${node}, ${platform}, ${cpus} CPUs (${cpu}), ${dates[0] === dates.at(-1) ? dates[0] : `${dates[0]} to ${dates.at(-1)}`}, ` +
      `load average between ${formatNumber(Math.min(...loads))} and ${formatNumber(Math.max(...loads))}.`,
  ];
  const quick = all.filter((one) => one.quick).map(({ question }) => question);
  if (quick.length > 0)
    lines.push(`**Short runs, which show that it works and not how fast it is: ${quick.join(', ')}.**`);
  return lines;
}

const TELL = { payload: tellPayload, waiting: tellWaiting, steps: tellSteps, reuse: tellReuse };

function readResults() {
  const names = existsSync(RESULTS) ? readdirSync(RESULTS).filter((name) => name.endsWith('.json')) : [];
  return Object.fromEntries(
    names.map((name) => [name.replace('.json', ''), JSON.parse(readFileSync(`${RESULTS}${name}`, 'utf8'))]),
  );
}

/** Writes the page and its charts anew: all of it, or nothing. */
export function writePage() {
  const results = readResults();
  if (Object.keys(results).length === 0) throw new Error('There are no results yet: run with --write first.');
  const sections = { machine: tellMachine(results), goals: tellGoals(results) };
  for (const [name, result] of Object.entries(results)) sections[name] = (TELL[name] ?? tellAll)(result, name);
  const page = readFileSync(PAGE, 'utf8').replaceAll(
    /(<!-- bench: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (all, begin, name, end) =>
      sections[name] === undefined ? all : `${begin}\n${sections[name].join('\n\n')}\n\n${end}`,
  );
  mkdirSync(CHARTS, { recursive: true });
  for (const [name, svg] of charts) writeWhole(`${CHARTS}${name}.svg`, svg);
  writeWhole(PAGE, page);
}
