import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostClaims, WorkerClaims } from '#src/transport/claims.js';
import { CLAIM_HEAD_BYTES, KEPT_BYTES_MAX, PAGE_BYTES } from '#src/transport/kept-frames.js';

let serial = 0;

function nextName(): string {
  serial += 1;
  return `claims-${process.pid}-${serial}`;
}

function makeClaims() {
  const name = nextName();
  const host = HostClaims.create([tmpdir()], name);
  assert.ok(host);
  const worker = new WorkerClaims(host.fd);
  const claim = (sequence: number, frames = '', told = 0): boolean => {
    const memory = Buffer.alloc(CLAIM_HEAD_BYTES + frames.length + 4);
    memory.write(frames, CLAIM_HEAD_BYTES, 'latin1');
    return worker.claim(sequence, memory, frames.length, told);
  };
  return { name, host, claim, [Symbol.dispose]: () => host.close() };
}

test('the file has no name once it is made, so nothing can be left of it', () => {
  using claims = makeClaims();
  assert.equal(existsSync(join(tmpdir(), claims.name)), false);
});

test('the bytes are there once the file is made, so that a file system which is full says so then', () => {
  using claims = makeClaims();
  const page = Buffer.alloc(PAGE_BYTES + 1, 1);
  assert.equal(readSync(claims.host.fd, page, 0, page.length, 0), PAGE_BYTES);
  assert.deepEqual(page.subarray(0, PAGE_BYTES), Buffer.alloc(PAGE_BYTES));
});

test('garbage that is written to the descriptor, without a position, changes nothing', () => {
  using claims = makeClaims();
  assert.equal(claims.claim(7, 'an answer', 3), true);
  for (let round = 0; round < 3; round += 1) writeSync(claims.host.fd, 'garbage'.repeat(100));
  assert.deepEqual(claims.host.readKept(), { told: 3, bytes: Buffer.from('an answer') });
  assert.equal(claims.host.recall(9), 7);
  assert.equal(claims.claim(8), false);
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
  assert.equal(claims.claim(1), true);
  assert.equal(claims.claim(2), true);
  assert.equal(claims.host.recall(5), 2);
  assert.equal(claims.claim(3), false);
  assert.equal(claims.claim(5), false);
  assert.equal(claims.claim(6), true);
});

test('a recall before the first task takes everything back', () => {
  using claims = makeClaims();
  assert.equal(claims.host.recall(3), 0);
  assert.equal(claims.claim(3), false);
});

test('of both sides that claim one task at the same time, at least one sees the other', () => {
  // Each side writes, then reads: of all orders of the four steps none lets both miss the other.
  using claims = makeClaims();
  const begins = claims.claim(1);
  const begun = claims.host.recall(1);
  assert.ok(!(begins && begun < 1));
});

test('a task that may not begin is no longer called begun, and the one before it still is', () => {
  using claims = makeClaims();
  assert.equal(claims.claim(1), true);
  assert.equal(claims.host.recall(3), 1);
  assert.equal(claims.claim(2), false);
  assert.equal(claims.host.readBegun(), 1);
  assert.equal(claims.claim(3), false);
  assert.equal(claims.host.recall(3), 1);
  assert.equal(claims.claim(4), true);
  assert.equal(claims.host.readBegun(), 4);
});

test('claims that were cut off fail instead of answering', () => {
  using claims = makeClaims();
  ftruncateSync(claims.host.fd, 0);
  assert.throws(() => claims.claim(1), /claims of a link are gone/);
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

test('what a worker keeps when it claims is there for the host, until it claims with less', () => {
  using claims = makeClaims();
  assert.equal(claims.host.readKept(), undefined);
  assert.equal(claims.claim(1), true);
  assert.equal(claims.host.readKept(), undefined);
  assert.equal(claims.claim(2, 'answers', 3), true);
  assert.deepEqual(claims.host.readKept(), { told: 3, bytes: Buffer.from('answers') });
  assert.equal(claims.host.readBegun(), 2);
  assert.equal(claims.claim(3, 'a'.repeat(KEPT_BYTES_MAX), 3), true);
  assert.equal(claims.host.readKept()?.bytes.length, KEPT_BYTES_MAX);
  assert.equal(claims.host.recall(3), 3);
  assert.equal(claims.claim(4, '', 4), true);
  assert.equal(claims.host.readKept(), undefined);
});

test('what is kept stays when the task that was to follow had been taken back', () => {
  using claims = makeClaims();
  claims.host.recall(5);
  assert.equal(claims.claim(1, 'answers', 1), false);
  assert.equal(claims.host.readBegun(), 0);
  assert.deepEqual(claims.host.readKept(), { told: 1, bytes: Buffer.from('answers') });
});

test('a page that somebody has spoiled keeps nothing', () => {
  using claims = makeClaims();
  claims.claim(1, 'answers', 1);
  writeSync(claims.host.fd, Buffer.from([7]), 0, 1, CLAIM_HEAD_BYTES + 'answers'.length);
  assert.equal(claims.host.readKept(), undefined);
  claims.claim(1, 'answers', 1);
  writeSync(claims.host.fd, Buffer.from([0xff, 0xff, 0xff, 0xff]), 0, 4, 8);
  assert.equal(claims.host.readKept(), undefined);
});
