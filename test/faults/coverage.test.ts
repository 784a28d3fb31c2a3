/**
 * Every fault scenario that this project has promised to show stands in the title of a test, by its number, or in the list
 * of those that cannot exist here, with the reason. The numbers are those of the scenarios that the test suites of loky,
 * CPython and joblib exercise, counted through.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('..', import.meta.url));

/** First and last of each range. */
const REQUIRED: readonly (readonly [first: number, last: number])[] = [
  [1, 150],
  [152, 217],
  [242, 245],
  [253, 286],
];

/** What of a scenario cannot exist in Node, and why. A scenario may stand here and be tested as far as it can exist. */
const CANNOT_EXIST: Readonly<Record<number, string>> = {
  63: "errors and futures that another library's users catch and wait for: Node has none; `wait` takes plain promises",
  72: 'a handler of segmentation faults that prints stacks: Node has none; what it prints for an abort is tested',
  76: 'a limit of 62 workers on Windows: see 181',
  204: 'sockets that travel: handles belong to the event loop of their process; their refusal is tested',
  211: 'a default start method that can be set once: there is one way to start, and `kind` is said at each call',
  269: 'losing what process.send() has not written: a worker has no IPC channel; its answers are written synchronously',
  270: "garbage on Node's IPC channel: a worker has none; garbage on the private descriptors is tested instead",
  177: 'a sandbox that forbids sysconf(): nothing here asks for semaphores; unreadable limits of CPUs are tested',
  181: 'too many handles to wait for on Windows: an event loop waits for any number',
  187: 'the order of two locks: the host is one thread and has no lock',
  195: 'a lock that a fork copies while it is held: workers are never forked from the host',
  261: "a hang among CPython's own queues, threads and locks: there are none of them",
  263: "2.2 GB through macOS' fork server: there is no fork server",
  15: 'surviving process.exit() while the host reads a result: it ends the host, and the fault matrix shows that nothing is left',
};

function expand([first, last]: readonly [number, number]): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The numbers in `(faults 1, 2–4, faults 7)`, wherever a compiled test says so outside of comments. */
function numbersIn(text: string): number[] {
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\//g, '');
  return [...withoutComments.matchAll(/\(faults ([^)]*)\)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/(\d+)(?:[–-](\d+))?/g)].flatMap(([, first, last]) =>
      expand([Number(first), Number(last ?? first)]),
    ),
  );
}

function readTests(): string[] {
  return readdirSync(compiled, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !name.endsWith(join('faults', 'coverage.test.js')))
    .map((name) => readFileSync(join(compiled, name), 'utf8'));
}

test('titles of tests, and reasons, cover every required fault scenario', () => {
  const covered = new Set(readTests().flatMap(numbersIn));
  const required = REQUIRED.flatMap(expand);
  for (const [number, reason] of Object.entries(CANNOT_EXIST)) console.log(`faults ${number}: ${reason}`);
  assert.deepEqual(
    Object.keys(CANNOT_EXIST).filter((number) => !required.includes(Number(number))),
    [],
  );
  const tested = required.filter((number) => covered.has(number)).length;
  console.log(`${tested} of ${required.length} required fault scenarios stand in titles`);
  assert.deepEqual(
    required.filter((number) => !covered.has(number) && CANNOT_EXIST[number] === undefined),
    [],
  );
});

/** What once went wrong in CPython or loky and was found by reading them, by letter. */
const TRAPS = 'abcdefghij';

test('titles of tests cover every trap that the predecessors fell into', () => {
  const found = new Set(
    readTests().flatMap((text) => [...text.matchAll(/\([^()]*\btrap ([a-j])\)/g)].map(([, trap]) => trap)),
  );
  assert.deepEqual(
    [...TRAPS].filter((trap) => !found.has(trap)),
    [],
  );
});

test('numbers are read from lists and ranges', () => {
  assert.deepEqual(
    numbersIn("test('a (faults 1, 3–5)'); test('b (faults 7, faults 9)'); /* (faults 11) */"),
    [1, 3, 4, 5, 7, 9],
  );
});
