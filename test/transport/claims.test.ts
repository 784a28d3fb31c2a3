import assert from 'node:assert/strict';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostClaims, WorkerClaims } from '#src/transport/claims.js';

let serial = 0;

function nextName(): string {
  serial += 1;
  return `claims-${process.pid}-${serial}`;
}

function makeClaims() {
  const name = nextName();
  const host = HostClaims.create([tmpdir()], name);
  assert.ok(host);
  return { name, host, worker: new WorkerClaims(host.fd), [Symbol.dispose]: () => host.close() };
}

test('the file has no name once it is made, so nothing can be left of it', () => {
  using claims = makeClaims();
  assert.equal(existsSync(join(tmpdir(), claims.name)), false);
});

test('the bytes are there once the file is made, so that a file system which is full says so then', () => {
  using claims = makeClaims();
  assert.deepEqual(readFileSync(claims.host.fd), Buffer.alloc(8));
});

test('a folder that is not there is passed over, and where none takes the file there are no claims', () => {
  const missing = join(tmpdir(), nextName());
  const claims = HostClaims.create([missing, tmpdir()], nextName());
  assert.ok(claims);
  claims.close();
  assert.equal(HostClaims.create([missing], nextName()), undefined);
});

test('a worker that was given no claims notices', () => {
  using claims = makeClaims();
  assert.ok(WorkerClaims.open(claims.host.fd));
  const other = openSync('/dev/null', 'r+');
  assert.equal(WorkerClaims.open(other), undefined);
  closeSync(other);
  assert.equal(WorkerClaims.open(other), undefined);
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

test('a file that is there already is passed over, and nothing of it is touched', () => {
  const name = nextName();
  const path = join(tmpdir(), name);
  writeFileSync(path, 'another');
  try {
    assert.equal(HostClaims.create([tmpdir()], name), undefined);
    assert.equal(readFileSync(path, 'utf8'), 'another');
  } finally {
    unlinkSync(path);
  }
});
