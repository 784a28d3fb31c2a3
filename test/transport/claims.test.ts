import assert from 'node:assert/strict';
import { closeSync, existsSync, ftruncateSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostClaims, WorkerClaims } from '#src/transport/claims.js';

let serial = 0;

function makeClaims() {
  serial += 1;
  const path = join(tmpdir(), `claims-${process.pid}-${serial}`);
  const host = HostClaims.create(path);
  return { path, host, worker: new WorkerClaims(host.fd), [Symbol.dispose]: () => host.close() };
}

test('the file has no name once it is made, so nothing can be left of it', () => {
  using claims = makeClaims();
  assert.equal(existsSync(claims.path), false);
});

test('a worker may begin what was not recalled, and a host learns what has begun', () => {
  using claims = makeClaims();
  assert.equal(claims.worker.claim(1), true);
  assert.equal(claims.worker.claim(2), true);
  assert.equal(claims.host.recall(5), 2);
  assert.equal(claims.worker.claim(3), false);
  assert.equal(claims.worker.claim(5), false);
  assert.equal(claims.worker.claim(6), true);
});

test('a recall before the first task takes everything back', () => {
  using claims = makeClaims();
  assert.equal(claims.host.recall(3), 0);
  assert.equal(claims.worker.claim(3), false);
});

test('of both sides that claim one task at the same time, at least one sees the other', () => {
  // Each side writes, then reads: of all orders of the four steps none lets both miss the other.
  using claims = makeClaims();
  const begins = claims.worker.claim(1);
  const begun = claims.host.recall(1);
  assert.ok(!(begins && begun < 1));
});

test('a task that may not begin is no longer called begun, and the one before it still is', () => {
  using claims = makeClaims();
  assert.equal(claims.worker.claim(1), true);
  assert.equal(claims.host.recall(3), 1);
  assert.equal(claims.worker.claim(2), false);
  assert.equal(claims.host.readBegun(), 1);
  assert.equal(claims.worker.claim(3), false);
  assert.equal(claims.host.recall(3), 1);
  assert.equal(claims.worker.claim(4), true);
  assert.equal(claims.host.readBegun(), 4);
});

test('claims that were cut off fail instead of answering', () => {
  using claims = makeClaims();
  ftruncateSync(claims.host.fd, 0);
  assert.throws(() => claims.worker.claim(1), /claims of a link are gone/);
});

test('a path that is taken is refused, and nothing of it is touched', () => {
  serial += 1;
  const path = join(tmpdir(), `claims-${process.pid}-${serial}`);
  const fd = openSync(path, 'wx+');
  try {
    assert.throws(() => HostClaims.create(path), { code: 'EEXIST' });
    assert.equal(existsSync(path), true);
  } finally {
    closeSync(fd);
    HostClaims.create.call(HostClaims, `${path}-other`).close();
    process.getBuiltinModule('node:fs').unlinkSync(path);
  }
});
