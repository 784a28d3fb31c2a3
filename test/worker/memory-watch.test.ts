import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchMemory } from '#src/worker/memory-watch.js';

function watch(maxGrowthBytes: number | null) {
  const world = { nowMs: 0, bytes: 100, measured: [] as number[], grown: 0 };
  const afterTask = watchMemory({
    maxGrowthBytes,
    nowMs: () => world.nowMs,
    memoryBytes: () => world.bytes,
    onMeasured: (bytes) => world.measured.push(bytes),
    onGrown: () => {
      world.grown += 1;
    },
  });
  const task = (nowMs: number, bytes: number): void => {
    Object.assign(world, { nowMs, bytes });
    afterTask();
  };
  return { world, task };
}

test('memory that grew beyond the limit since the first task is told once', () => {
  const { world, task } = watch(50);
  task(0, 100);
  task(1000, 150);
  assert.equal(world.grown, 0);
  task(2000, 151);
  task(3000, 500);
  assert.equal(world.grown, 1);
});

test('memory is looked at once a second at most, and each look is told', () => {
  const { world, task } = watch(null);
  for (const nowMs of [0, 1, 999, 1000, 1500, 2000]) task(nowMs, nowMs);
  assert.deepEqual(world.measured, [0, 1000, 2000]);
  assert.equal(world.grown, 0);
});
