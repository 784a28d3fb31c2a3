import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guardCallback } from '#src/futures/guard-callback.js';
import { collectEvents } from './make-future.js';

describe('guardCallback', () => {
  it('hands on the argument and gives nothing back', () => {
    const seen: unknown[] = [];
    const guarded = guardCallback((argument: number) => seen.push(argument), 'resize');
    assert.equal(guarded(3), undefined);
    assert.deepEqual(seen, [3]);
  });

  it('turns each failure into one warning, whatever was thrown', async () => {
    const throwers = [
      () => {
        throw null;
      },
      () => {
        throw Object.create(null);
      },
      () => Promise.reject(undefined),
      async () => {
        throw new Error('late');
      },
    ];
    const unhandled = await collectEvents('unhandledRejection', async () => {
      const warnings = await collectEvents('warning', () => {
        for (const thrower of throwers) guardCallback(thrower, 'resize')(undefined);
      });
      assert.equal(warnings.length, throwers.length);
    });
    assert.deepEqual(unhandled, []);
  });
});
