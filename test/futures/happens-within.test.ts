import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { happensWithin } from '#src/futures/happens-within.js';

describe('happensWithin', () => {
  it('says yes when it happens in time, at once or later, and starts no timer that stays', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = countTimers();
    const atOnce = happensWithin(60_000, (happened) => {
      happened();
      return () => {};
    });
    assert.equal(countTimers(), before);
    assert.equal(await atOnce, true);
    let happen = (): void => {};
    const later = happensWithin(60_000, (happened) => {
      happen = happened;
      return () => {};
    });
    assert.equal(countTimers(), before + 1);
    happen();
    assert.equal(countTimers(), before);
    assert.equal(await later, true);
  });

  it('says no when the time is over, and forgets the subscription', async () => {
    let forgotten = 0;
    const inTime = await happensWithin(1, () => () => {
      forgotten += 1;
    });
    assert.equal(inTime, false);
    assert.equal(forgotten, 1);
  });

  it('starts no timer without a limit', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = countTimers();
    let happen = (): void => {};
    const open = happensWithin(Number.POSITIVE_INFINITY, (happened) => {
      happen = happened;
      return () => {};
    });
    assert.equal(countTimers(), before);
    happen();
    assert.equal(await open, true);
  });
});
