import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  abortSignal,
  anything,
  arrayOf,
  boolean,
  type Check,
  callback,
  checkArgument,
  checkOptions,
  duration,
  either,
  integer,
  nullable,
  oneOf,
  recordOf,
  shape,
  string,
} from '#src/base/validate.js';

const checks = {
  maxWorkers: integer({ min: 1 }),
  percent: integer({ min: 0, max: 100 }),
  depth: integer({ max: 10 }),
  count: integer(),
  idleTimeoutMs: nullable(duration()),
  signal: abortSignal(),
  initializer: callback(),
  stdio: oneOf('inherit', 'pipe', 'ignore'),
  reuse: oneOf('auto', true, false),
  chunkSize: either(oneOf('auto'), integer({ min: 1 })),
  maxRestarts: shape({ count: integer({ min: 0 }), withinMs: duration() }),
  maybeRestarts: nullable(shape({ count: integer({ min: 0 }) })),
  env: recordOf(string()),
  execArgv: arrayOf(string()),
  ordered: boolean(),
  name: string(),
  reducers: anything(),
};

/** Each bad value of each option, with the message that it gives. */
const REFUSALS: [option: string, value: unknown, name: 'TypeError' | 'RangeError', message: string][] = [
  ['maxWorkers', 0, 'RangeError', 'options.maxWorkers must be an integer of at least 1, got 0'],
  ['maxWorkers', 1.5, 'RangeError', 'options.maxWorkers must be an integer of at least 1, got 1.5'],
  ['maxWorkers', Number.NaN, 'RangeError', 'options.maxWorkers must be an integer of at least 1, got NaN'],
  [
    'maxWorkers',
    Number.POSITIVE_INFINITY,
    'RangeError',
    'options.maxWorkers must be an integer of at least 1, got Infinity',
  ],
  ['maxWorkers', '4', 'TypeError', "options.maxWorkers must be an integer of at least 1, got '4'"],
  ['maxWorkers', null, 'TypeError', 'options.maxWorkers must be an integer of at least 1, got null'],
  ['maxWorkers', 4n, 'TypeError', 'options.maxWorkers must be an integer of at least 1, got 4n'],
  ['percent', 101, 'RangeError', 'options.percent must be an integer from 0 to 100, got 101'],
  ['depth', 11, 'RangeError', 'options.depth must be an integer of at most 10, got 11'],
  ['count', 0.1, 'RangeError', 'options.count must be an integer, got 0.1'],
  [
    'idleTimeoutMs',
    -1,
    'RangeError',
    'options.idleTimeoutMs must be a number of milliseconds of at least 0 or null, got -1',
  ],
  [
    'idleTimeoutMs',
    '1s',
    'TypeError',
    "options.idleTimeoutMs must be a number of milliseconds of at least 0 or null, got '1s'",
  ],
  ['signal', {}, 'TypeError', 'options.signal must be an AbortSignal, got {}'],
  ['signal', { aborted: false }, 'TypeError', 'options.signal must be an AbortSignal, got { aborted: false }'],
  ['initializer', 'f', 'TypeError', "options.initializer must be a function, got 'f'"],
  ['stdio', 'pip', 'RangeError', "options.stdio must be 'inherit' | 'pipe' | 'ignore', got 'pip'"],
  ['stdio', 1, 'TypeError', "options.stdio must be 'inherit' | 'pipe' | 'ignore', got 1"],
  ['reuse', null, 'TypeError', "options.reuse must be 'auto' | true | false, got null"],
  ['chunkSize', 0, 'RangeError', "options.chunkSize must be 'auto' or an integer of at least 1, got 0"],
  ['chunkSize', [], 'TypeError', "options.chunkSize must be 'auto' or an integer of at least 1, got []"],
  ['maxRestarts', 3, 'TypeError', 'options.maxRestarts must be an object { count, withinMs }, got 3'],
  [
    'maxRestarts',
    { count: 1 },
    'TypeError',
    'options.maxRestarts.withinMs must be a number of milliseconds of at least 0, got undefined',
  ],
  [
    'maxRestarts',
    { count: -1, withinMs: 1 },
    'RangeError',
    'options.maxRestarts.count must be an integer of at least 0, got -1',
  ],
  [
    'maxRestarts',
    { count: 1, within: 1 },
    'TypeError',
    'options.maxRestarts must be an object { count, withinMs }, got { count: 1, within: 1 }',
  ],
  [
    'maybeRestarts',
    { count: 'x' },
    'TypeError',
    "options.maybeRestarts.count must be an integer of at least 0, got 'x'",
  ],
  ['env', { A: 1 }, 'TypeError', 'options.env.A must be a string, got 1'],
  ['env', 'A=1', 'TypeError', "options.env must be an object, each value a string, got 'A=1'"],
  ['execArgv', ['a', 2], 'TypeError', 'options.execArgv[1] must be a string, got 2'],
  ['execArgv', 'a', 'TypeError', "options.execArgv must be an array, each item a string, got 'a'"],
  ['ordered', 'yes', 'TypeError', "options.ordered must be a boolean, got 'yes'"],
  ['name', 1, 'TypeError', 'options.name must be a string, got 1'],
];

describe('checkOptions', () => {
  for (const [option, value, name, message] of REFUSALS) {
    it(`refuses with: ${message}`, () => {
      assert.throws(() => checkOptions('PoolOptions', { [option]: value }, checks), {
        name,
        message,
        code: 'ERR_TARDIGRADE_INVALID_OPTION',
      });
    });
  }

  it('returns what is set, in a fresh object, and takes undefined for absent', () => {
    const { signal } = new AbortController();
    const options = {
      maxWorkers: 1,
      percent: undefined,
      idleTimeoutMs: null,
      signal,
      initializer: () => {},
      stdio: 'pipe',
      reuse: false,
      chunkSize: 'auto',
      maxRestarts: { count: 3, withinMs: Infinity },
      maybeRestarts: null,
      env: { A: 'a', B: undefined },
      execArgv: ['--x'],
      ordered: false,
      name: '',
      reducers: new Map(),
    } as const;
    const checked = checkOptions('PoolOptions', options, checks);
    const { percent: _, ...set } = options;
    assert.deepEqual(checked, set);
    assert.notEqual(checked, options);
    const types: { maxWorkers?: number; idleTimeoutMs?: number | null; stdio?: 'inherit' | 'pipe' | 'ignore' } =
      checked;
    assert.equal(types.stdio, 'pipe');
  });

  it('takes no options at all, and only an object for options', () => {
    assert.deepEqual(checkOptions('PoolOptions', undefined, checks), {});
    for (const bad of [null, 4, 'x', [], () => {}]) {
      assert.throws(() => checkOptions('PoolOptions', bad, checks), {
        name: 'TypeError',
        message: /^options must be an object \(PoolOptions\), got /,
      });
    }
  });

  it('names the nearest option when one is unknown, or all when none is near', () => {
    const refusal = (option: string): RegExp =>
      new RegExp(`^TypeError: options\\.${option} is not an option of PoolOptions; `);
    const hints = { maxWorker: 'maxWorkers', max_workers: 'maxWorkers', MaxWorkers: 'maxWorkers' };
    assert.throws(() => checkOptions('PoolOptions', { maxWorker: 1 }, checks), refusal('maxWorker'));
    for (const [wrong, right] of Object.entries(hints)) {
      assert.throws(() => checkOptions('PoolOptions', { [wrong]: 1 }, checks), {
        message: `options.${wrong} is not an option of PoolOptions; did you mean '${right}'?`,
        code: 'ERR_TARDIGRADE_INVALID_OPTION',
      });
    }
    assert.throws(() => checkOptions('PoolOptions', { zebra: undefined }, { a: string(), b: string() }), {
      message: 'options.zebra is not an option of PoolOptions; known are a, b',
    });
    assert.throws(() => checkOptions('PoolOptions', { toString: 1 }, checks), refusal('toString'));
  });

  it('reads each option once', () => {
    let reads = 0;
    const options = {
      get maxWorkers() {
        reads += 1;
        return reads;
      },
    };
    assert.deepEqual(checkOptions('PoolOptions', options, checks), { maxWorkers: 1 });
    assert.equal(reads, 1);
  });

  it('shows a long, deep or hostile value in short', () => {
    const hostile = {
      [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('do not look');
      },
    };
    const messageOf = (value: unknown): string => {
      try {
        checkArgument('value', value, integer());
      } catch (error) {
        return String(error);
      }
      return assert.fail('It was let through.');
    };
    assert.ok(messageOf('x'.repeat(10_000)).length < 140);
    assert.ok(messageOf(Array.from({ length: 10_000 }, (_, i) => ({ i }))).length < 140);
    assert.ok(!messageOf({ text: 'a\nb', more: ['line\nbreak'] }).includes('\n'));
    assert.match(messageOf(hostile), /got a value \(object\) that cannot be inspected/);
  });
});

describe('checkArgument', () => {
  it('names the argument', () => {
    const fn: Check<() => void> = callback();
    assert.throws(() => checkArgument('fn', undefined, fn), { message: 'fn must be a function, got undefined' });
    const value: unknown = 3;
    checkArgument('count', value, integer());
    const narrowed: number = value;
    assert.equal(narrowed, 3);
  });
});
