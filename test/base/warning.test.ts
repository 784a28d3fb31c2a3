import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { warn } from '#src/base/warning.js';

describe('warn', () => {
  it('emits a TardigradeWarning with its code, and the cause as detail', async () => {
    const emitted = once(process, 'warning');
    warn({ code: 'TARDIGRADE_CPU_COUNT', message: 'something odd', cause: new Error('why') });
    const [warning] = await emitted;
    assert.equal(warning.name, 'TardigradeWarning');
    assert.equal(warning.code, 'TARDIGRADE_CPU_COUNT');
    assert.equal(warning.message, 'something odd');
    assert.match(warning.detail, /Error: why\n +at /);
  });

  it('has no detail without a cause, and one for a cause that is undefined', async () => {
    const first = once(process, 'warning');
    warn({ code: 'TARDIGRADE_CPU_COUNT', message: 'a' });
    assert.equal((await first)[0].detail, undefined);
    const second = once(process, 'warning');
    warn({ code: 'TARDIGRADE_CPU_COUNT', message: 'b', cause: undefined });
    assert.equal((await second)[0].detail, 'undefined');
  });
});
