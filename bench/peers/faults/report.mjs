// What happened, in few words, and the page that shows it.

const list = (states) => {
  const bad = ['hang', 'lost', 'wrong'].filter((word) => states.includes(word));
  return bad.map((word) => `${word} ${states.filter((state) => state === word).length}`);
};

/** One cell of the table. */
export function tellCase({ none, crashed, orphans, guilty, behind, stalled, after, runs, uncaught }) {
  if (none !== undefined) return none;
  if (crashed) return '**the host ended**';
  if (orphans !== undefined) return orphans === 0 ? 'right' : '**orphan**';
  const told = [
    guilty === 'right' ? '' : guilty,
    runs === undefined ? '' : `run ${runs} times`,
    ...list(behind).map((words) => `behind: ${words}`),
    stalled > 0 ? `behind: stall ${stalled}` : '',
    ...list(after).map((words) => `later: ${words}`),
    uncaught === undefined ? '' : 'uncaught in the host',
  ].filter(Boolean);
  return told.length === 0 ? 'right' : told.join('; ');
}

const INTRO = `# The same faults in other pools

Written by \`npm run bench -- faults\`. Each case is a program of its own with a deadline: a pool of one worker, which is up,
is given the task that meets the fault and four innocent ones behind it at once; when they are settled, or ten seconds have
passed, two more. Each pool is used as its documentation says, with its defaults: jest-worker therefore tries a task again when
its worker died. Where a pool can use structured clone between processes, it was told to; with JSON, values that cannot be
cloned change silently instead. poolifier's process worker is a CommonJS module: as an ES module it never answered here.

*right*: the task failed with an error (or gave its value, when it could), it ran once, and all others gave what they were
asked for. *hang*: not settled in time; *stall*: settled only because somebody submitted again. *lost*: an innocent task
failed. *wrong*: another value than the right one, or what was thrown is not what arrives. *behind* are the four tasks that
waited, *later* the two that were submitted afterwards. –: a thread would end the program by design, or there is no process
to be orphaned.
`;

/** The page, with a table for each kind of worker. */
export function writePage({ faults, pools, results, versionOf }) {
  const sections = ['processes', 'threads'].map((kind) => {
    const columns = pools.filter((pool) => pool.kind === kind);
    const rows = faults
      .map((fault) => [fault.title, ...columns.map(({ id }) => results.get(`${id}/${fault.id}`))])
      .filter(([, ...cells]) => cells.some((cell) => cell !== '–'));
    const right = columns.map((_, index) => rows.filter((row) => row[index + 1] === 'right').length);
    const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
    return [
      `## ${kind === 'processes' ? 'Processes' : 'Threads'}`,
      '',
      line(['fault', ...columns.map(({ name }) => `${name} ${versionOf(name)}`)]),
      line(['---', ...columns.map(() => '---')]),
      ...rows.map(line),
      line(['**right**', ...right.map((count) => `**${count} of ${rows.length}**`)]),
    ].join('\n');
  });
  return `${INTRO}\nNode ${process.versions.node}, ${process.platform}.\n\n${sections.join('\n\n')}\n`;
}
