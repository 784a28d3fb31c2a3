/** Objects of Node's own classes: which travel as data, which threads clone, which are had there, and which are refused. */

import assert from 'node:assert/strict';
import { createSecretKey, generateKeyPairSync, KeyObject, sign, verify, webcrypto } from 'node:crypto';
import { after, test } from 'node:test';
import { ProcessPoolExecutor, SerializationError, ThreadPoolExecutor } from 'tardigrade';

declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };

const processes = new ProcessPoolExecutor({ maxWorkers: 1 });
const threads = new ThreadPoolExecutor({ maxWorkers: 1 });
after(() => Promise.all([processes.shutdown(), threads.shutdown()]));
const pools = { processes, threads } as const;

for (const [name, pool] of Object.entries(pools)) {
  test(`headers, keys and dates of Temporal travel to ${name} and back, as arguments and captured`, async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    const [given, captured, back] = await pool.submit(
      (h) => [h.getSetCookie(), headers.getSetCookie(), h] as const,
      headers,
    );
    assert.deepEqual([given, captured, back.getSetCookie()], Array(3).fill(['a=1', 'b=2']));
    const secret = createSecretKey(Buffer.from('secret'));
    assert.ok((await pool.submit((key) => key, secret)).equals(secret));
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const signature = await pool.submit((text) => sign(null, Buffer.from(text), privateKey), 'text');
    assert.ok(verify(null, Buffer.from('text'), publicKey, signature));
    assert.ok((await pool.submit(() => publicKey)) instanceof KeyObject);
    const { Temporal } = globalThis as { Temporal?: { Duration: { from(text: string): object } } };
    if (Temporal === undefined) return;
    const duration = Temporal.Duration.from('P1DT2H');
    const [text, again] = await pool.submit((d) => [String(d), d] as const, duration);
    assert.deepEqual([text, String(again), again instanceof (Temporal.Duration as never)], ['P1DT2H', 'P1DT2H', true]);
  });

  test(`what there is one of in each process is had in ${name}: WebAssembly, crypto`, async () => {
    const { crypto } = globalThis;
    const assembly = WebAssembly;
    const all = await pool.submit((given) => [given === WebAssembly, crypto === globalThis.crypto], assembly);
    assert.deepEqual(all, [true, true]);
  });

  test(`a subclass of a class with a built-in reducer is refused by ${name}`, async () => {
    class Own extends Headers {}
    const error = await pool.submit((given) => given, new Own()).exception();
    assert.match((error as SerializationError).message, /built-in class Headers/);
  });
}

test('threads clone what only they can: a Blob, a CryptoKey, a module of WebAssembly', async () => {
  const blob = new Blob(['text'], { type: 'text/x' });
  assert.deepEqual(await threads.submit(async (b) => [await b.text(), await blob.text(), b.type], blob), [
    'text',
    'text',
    'text/x',
  ]);
  const key = await webcrypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  assert.equal(
    await threads.submit(
      async (k) => (await crypto.subtle.sign('HMAC', k as never, new Uint8Array(1))).byteLength,
      key,
    ),
    32,
  );
  const module = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  assert.ok((await threads.submit((m) => m, module)) instanceof WebAssembly.Module);
  assert.deepEqual(await threads.map(async (n) => n + (await blob.text()).length, [1, 2]).toArray(), [5, 6]);
});

test('processes refuse these', async () => {
  for (const value of [new Blob(['text']), new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))]) {
    assert.ok((await processes.submit((given) => given, value).exception()) instanceof SerializationError);
  }
});
