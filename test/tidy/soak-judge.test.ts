/** What the soak calls flat: a judge that says so of everything would pass any leak. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

interface Sample {
  readonly atMs: number;
  readonly value: number;
}

interface Verdict {
  readonly rise: number;
  readonly isFlat: boolean;
}

const { judge, SAMPLES_MIN } = (await import(new URL('../../../scripts/lib/soak/judge.mjs', import.meta.url).href)) as {
  judge(samples: readonly Sample[], limit: number): Verdict;
  SAMPLES_MIN: number;
};

/** Each a second after the other; the noise comes from a seed. */
function sample(count: number, value: (index: number, noise: number) => number): Sample[] {
  let state = 1;
  return Array.from({ length: count }, (_, index) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return { atMs: index * 1000, value: value(index, ((state >> 8) % 1009) / 1009 - 0.5) };
  });
}

test('a figure that only trembles is flat, and so is one that falls', () => {
  assert.equal(
    judge(
      sample(300, (_, noise) => 20 + 4 * noise),
      0.5,
    ).isFlat,
    true,
  );
  assert.equal(
    judge(
      sample(300, (index) => 300 - index),
      0.5,
    ).isFlat,
    true,
  );
});

test('single peaks are no trend', () => {
  assert.equal(
    judge(
      sample(300, (index) => (index % 40 === 39 ? 90 : 20)),
      0.5,
    ).isFlat,
    true,
  );
  assert.equal(
    judge(
      sample(300, (index) => (index > 290 ? 90 : 20)),
      0.5,
    ).isFlat,
    true,
  );
});

test('what is kept while the program warms up is no leak', () => {
  assert.equal(
    judge(
      sample(300, (index) => Math.min(index, 100)),
      0.5,
    ).isFlat,
    true,
  );
});

test('what grows slowly below its noise is found', () => {
  const leak = judge(
    sample(300, (index, noise) => 20 + 4 * noise + index / 75),
    0.5,
  );
  assert.equal(leak.isFlat, false);
  assert.ok(leak.rise > 1 && leak.rise < 3, `${leak.rise}`);
});

test('a thing that is lost now and then is found', () => {
  assert.equal(
    judge(
      sample(300, (index) => 30 + Math.floor(index / 50)),
      0.5,
    ).isFlat,
    false,
  );
});

test('too few samples are no proof', () => {
  assert.throws(
    () =>
      judge(
        sample(SAMPLES_MIN - 1, () => 1),
        0.5,
      ),
    /too few/,
  );
});

test('a leak in each round is found in the shortest soak', () => {
  assert.equal(
    judge(
      sample(SAMPLES_MIN, (index) => 30 + index),
      0.5,
    ).isFlat,
    false,
  );
  assert.equal(
    judge(
      sample(SAMPLES_MIN, (index, noise) => 30 + index + 2 * noise),
      0.5,
    ).isFlat,
    false,
  );
});
