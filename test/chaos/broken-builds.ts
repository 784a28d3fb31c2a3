/**
 * Slips that somebody could make where workers, links and the scheduler meet, as replacements in a copy of the built code.
 * The chaos run must catch each: that is the proof that it would catch the next one.
 *
 * Not on the list: a process's death that is judged before its results are read. Where a child's exit is a signal, libuv
 * reads all pipes that are ready before it tells of it, so that slip changes nothing there (500 deaths showed none).
 *
 * Guarantees: a replacement that no longer applies exactly once throws, so that the list stays true.
 */

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Kind, Weather } from './plan.js';

/** One place that is changed. */
interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** One slip, and the kind of workers that shows it. */
export interface BrokenBuild {
  readonly name: string;
  readonly kind: Kind;
  /** The rounds that show it soonest. */
  readonly weather: Exclude<Weather, 'any'>;
  readonly edits: readonly Edit[];
  /** What the checker says of it. */
  readonly caught: RegExp;
}

/** Where `#src/` leads: one compiled file for each source file. */
const COMPILED = fileURLToPath(new URL('../', import.meta.resolve('#src/core/scheduler.js')));
/** Beside the other builds, so that packages are found from there. */
const FOLDER = fileURLToPath(new URL('../../broken/', import.meta.url));

/** Makes the build in a folder of its own; answers the folder's URL. */
export function breakBuild({ name, edits }: Pick<BrokenBuild, 'name' | 'edits'>): string {
  const folder = `${FOLDER}${name.replaceAll(/\W+/g, '-')}/`;
  rmSync(folder, { recursive: true, force: true });
  cpSync(COMPILED, folder, { recursive: true });
  for (const { file, from, to } of edits) {
    const text = readFileSync(`${folder}${file}`, 'utf8');
    const places = text.split(from).length - 1;
    if (places !== 1) throw new Error(`"${name}" applies to ${places} places of ${file}: ${from}`);
    writeFileSync(
      `${folder}${file}`,
      text.replace(from, () => to),
    );
  }
  return pathToFileURL(folder).href;
}

/** Answers wait for those of the tasks behind them, and are kept nowhere meanwhile. */
const LATE_RESULTS: readonly Edit[] = [
  {
    file: 'worker/pacing.js',
    from: "if (startNews !== 'may-wait' || !this.#units.isQuick(unit))\n            return 'tell';",
    to: "return startNews === 'may-wait' ? 'keep' : 'tell';",
  },
  {
    file: 'worker/frame-link.js',
    from: 'this.#options.claim(sequence, this.#scratch, this.#used, this.#toldFrames)',
    to: 'this.#options.claim(sequence, this.#scratch, 0, this.#toldFrames)',
  },
];

/** What a dead worker has kept is not looked at. */
function ignoreKept(file: string): readonly Edit[] {
  const from = 'this.#ledger.fetch();\n        const begun';
  return [{ file, from, to: 'const begun' }];
}

/** The list. */
export const BROKEN_BUILDS: readonly BrokenBuild[] = [
  {
    name: 'what a dead process has kept is ignored',
    kind: 'process',
    weather: 'calm',
    edits: ignoreKept('transport/pipe-link.js'),
    caught: /was begun twice|although its worker had finished it/,
  },
  {
    name: 'what a dead thread has kept is ignored',
    kind: 'thread',
    weather: 'calm',
    edits: ignoreKept('transport/port-link.js'),
    caught: /was begun twice|although its worker had finished it/,
  },
  {
    name: 'a process sends a result after the next task has begun',
    kind: 'process',
    weather: 'wild',
    edits: LATE_RESULTS,
    caught: /was begun twice|although its worker had finished it/,
  },
  {
    name: 'a thread sends a result after the next task has begun',
    kind: 'thread',
    weather: 'wild',
    edits: LATE_RESULTS,
    caught: /was begun twice|although its worker had finished it/,
  },
  {
    name: 'the death of a thread is judged before the results are read',
    kind: 'thread',
    weather: 'wild',
    edits: [
      {
        file: 'supervision/thread-launcher.js',
        from: "this.#link?.drain();\n        this.#life = 'exited';",
        to: "this.#life = 'exited';\n        return this.#finish();",
      },
      {
        file: 'supervision/thread-launcher.js',
        from: '// A thread that would not end may have answered.\n        this.#link?.drain();',
        to: '',
      },
    ],
    caught: /was begun twice|was lost, although/,
  },
  {
    name: 'a held task is blamed for the death of its worker',
    kind: 'thread',
    weather: 'wild',
    edits: [
      {
        file: 'core/worker-events.js',
        from: 'if (task.wish === undefined)\n                return requeue(model, task);',
        to: "if (task.wish === undefined)\n                return settle(model, task, { kind: 'lost', attempt: 1, exit, earlier: [] });",
      },
    ],
    caught: /died once and cost tasks/,
  },
  {
    name: 'a lost task is tried again unasked',
    kind: 'thread',
    weather: 'wild',
    edits: [{ file: 'core/worker-events.js', from: 'task.retriesLeft === 0', to: 'task.attempts > 3' }],
    caught: /task \d+ began \d times/,
  },
  {
    name: 'a worker begins what the host has taken back',
    kind: 'thread',
    weather: 'wild',
    edits: [{ file: 'transport/shared-claims.js', from: 'sequence > load(this.#words, RECALLED)', to: 'true' }],
    caught: /was begun twice/,
  },
];
