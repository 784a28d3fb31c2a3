import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { Alertness } from '#src/transport/alertness.js';
import { collectGarbage } from '../futures/collect-garbage.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Expects something that does not come; answers how many turns it was waited for. */
async function waitInVain(alertness: Alertness): Promise<number> {
  alertness.expect();
  let turns = 0;
  for (; alertness.isAwake; turns += 1) await nextTurn();
  return turns;
}

test('the loop stays awake until what is expected has come', async () => {
  const alertness = new Alertness(() => true);
  assert.equal(alertness.isAwake, false);
  alertness.expect();
  await nextTurn();
  assert.equal(alertness.isAwake, true);
  alertness.hear();
  assert.equal(alertness.isAwake, false);
});

test('the loop goes to sleep when nothing comes for some turns', async () => {
  const turns = await waitInVain(new Alertness(() => true));
  assert.ok(turns > 1 && turns < 100, `${turns}`);
});

test('nobody stays awake on a single CPU', () => {
  const alertness = new Alertness(() => false);
  alertness.expect();
  assert.equal(alertness.isAwake, false);
});

test('what was in vain a few times is tried less and less often, but never given up', async () => {
  const alertness = new Alertness(() => true);
  const tries: number[] = [];
  for (let count = 1; count <= 1200; count += 1) if ((await waitInVain(alertness)) > 0) tries.push(count);
  const pauses = tries.map((at, index) => at - (tries[index - 1] ?? 0));
  assert.deepEqual(pauses, [1, 1, 5, 9, 17, 33, 65, 129, 257, 257, 257]);
});

test('it is tried every time again as soon as it was of use', async () => {
  const alertness = new Alertness(() => true);
  for (let count = 0; count < 3; count += 1) await waitInVain(alertness);
  while (!alertness.isAwake) alertness.expect();
  alertness.hear();
  assert.notEqual(await waitInVain(alertness), 0);
  assert.notEqual(await waitInVain(alertness), 0);
});

test('it keeps nothing of the async context in which something was expected that has come', async () => {
  const storage = new AsyncLocalStorage<object>();
  const alertness = new Alertness(() => true);
  const gone = expectIn(storage, alertness);
  alertness.hear();
  storage.run({ of: 'the second' }, () => alertness.expect());
  await collectGarbage(() => gone.deref() === undefined, { rounds: 20 });
  assert.equal(alertness.isAwake, true);
  assert.equal(gone.deref(), undefined);
});

function expectIn(storage: AsyncLocalStorage<object>, alertness: Alertness): WeakRef<object> {
  const store = { of: 'the first' };
  storage.run(store, () => alertness.expect());
  return new WeakRef(store);
}
