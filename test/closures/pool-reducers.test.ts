/** A pool's own reducers: they hold for that pool only, in both directions, and before all others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  getReusableExecutor,
  InlineExecutor,
  type PoolReducers,
  ProcessPoolExecutor,
  registerReducer,
  type SerializationError,
  ThreadPoolExecutor,
} from 'tardigrade';

interface Library {
  readonly Secret: new () => { reveal(): number };
}
const library = new URL('../../../test/fixtures/raw/closures/lib.mjs', import.meta.url);
const { Secret } = (await import(library.href)) as Library;

const live = new Map<number, Handle>();
class Handle {
  static #last = 0;
  readonly #id: number;
  constructor(id?: number) {
    Handle.#last += 1;
    this.#id = id ?? Handle.#last;
    live.set(this.#id, this);
  }
  get id(): number {
    return this.#id;
  }
}
class Counted {
  readonly #value: boolean;
  constructor(value: boolean) {
    this.#value = value;
  }
  get value(): boolean {
    return this.#value;
  }
}
class Special extends Handle {}

const reducers: PoolReducers = [
  {
    type: Handle,
    reduce: (handle: Handle) => handle.id,
    revive: (id: number) => live.get(id) ?? new Handle(id),
  },
  { type: Secret, reduce: (secret: InstanceType<typeof Secret>) => secret.reveal(), revive: () => new Secret() },
];

for (const [kind, open] of [
  ['a pool of processes', (given: PoolReducers) => new ProcessPoolExecutor({ maxWorkers: 1, reducers: given })],
  ['a pool of threads', (given: PoolReducers) => new ThreadPoolExecutor({ maxWorkers: 1, reducers: given })],
  ['an inline executor', (given: PoolReducers) => new InlineExecutor({ reducers: given })],
] as const) {
  test(`${kind} sends arguments, captured values and results by its own reducers`, async () => {
    live.clear();
    await using pool = open(reducers);
    const handle = new Handle();
    assert.equal(await pool.submit((given) => given.id, handle), handle.id);
    assert.equal(await pool.submit(() => handle.id), handle.id);
    assert.equal(await pool.submit((given) => given.id, new Special(77)), 77);
    const made = await pool.submit((id) => new Handle(id), 1000 + live.size);
    assert.ok(made instanceof Handle);
    assert.equal(await pool.submit((given) => given, handle), handle, 'revive sees the variables of the host');
    const secret = await pool.submit((S) => new S(), Secret);
    assert.ok(secret instanceof Secret);
    assert.equal(secret.reveal(), 1);
  });
}

test('a reducer whose captures hold instances themselves is told', async () => {
  live.clear();
  const handle = new Handle();
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, reducers });
  const error = await pool.submit((given) => given.id, handle).exception();
  assert.match((error as SerializationError).message, /what it captures holds such instances itself/);
});

test('a pool without reducers refuses what another pool sends, in both directions', async () => {
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const refused = await pool.submit((given: Handle) => given.id, new Handle()).exception();
  assert.match(
    (refused as SerializationError).message,
    /^args\[0\] cannot travel: its class Handle has private members/,
  );
  const back = await pool.submit((S) => new S(), Secret).exception();
  assert.match((back as SerializationError).message, /^result cannot travel: its class Secret has private members/);
});

test('a Map from classes to pairs says the same, and built-in classes may have reducers', async () => {
  const given: PoolReducers = new Map([
    [Headers, { reduce: (headers: Headers) => [...headers], revive: (list: [string, string][]) => new Headers(list) }],
  ]);
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, reducers: given });
  const headers = await pool.submit((h) => new Headers([...h, ['b', '2']]), new Headers({ a: '1' }));
  assert.deepEqual([...headers], [...new Headers({ a: '1', b: '2' })]);
});

test("a pool's reducer counts before one that is registered, which the other pools use, for exported classes too", async () => {
  registerReducer(Secret, { reduce: () => 'registered', revive: () => new Secret() });
  await using own = new InlineExecutor({
    reducers: [{ type: Secret, reduce: () => 'own', revive: (text: string) => [text] }],
  });
  const [word] = (await own.submit((given) => given, new Secret())) as unknown as [string];
  assert.equal(word, 'own');
  await using other = new ProcessPoolExecutor({ maxWorkers: 1 });
  assert.equal(await other.submit((given) => given.reveal(), new Secret()), 1);
  const back = await other.submit((S) => new S(), Secret);
  assert.ok(back instanceof Secret);
});

test('a reducer that cannot travel is told of the instance that needs it', async () => {
  const here = new WeakMap<object, number>();
  await using pool = new ProcessPoolExecutor({
    maxWorkers: 1,
    reducers: [
      { type: Counted, reduce: (value: Counted) => here.has(value), revive: (value: boolean) => new Counted(value) },
    ],
  });
  assert.equal(await pool.submit((given) => given.value, new Counted(true)), false, 'reduced here, revived there');
  const error = await pool.submit((C) => new C(true), Counted).exception();
  assert.match(
    (error as SerializationError).message,
    /^result cannot travel: the reducer of its class is not here: .*variable "here".*WeakMap/,
  );
});

test('wrong reducers throw at the constructor, naming the option', () => {
  const pair = { reduce: () => 1, revive: () => new Handle() };
  for (const [given, message] of [
    [7, /options\.reducers must be a list of \{ type, reduce, revive \} or a Map/],
    [[7], /options\.reducers\[0\] must be an object \{ type, reduce, revive \}, got 7/],
    [[{ ...pair, type: 'Handle' }], /options\.reducers\[0\]\.type must be a class other than/],
    [[{ ...pair, type: Object }], /options\.reducers\[0\]\.type must be a class other than/],
    [[{ type: Handle, revive: pair.revive }], /options\.reducers\[0\]\.reduce must be a function/],
    [[{ type: Handle, reduce: pair.reduce, revive: 1 }], /options\.reducers\[0\]\.revive must be a function/],
    [new Map([[Handle, undefined]]), /options\.reducers\.get\(Handle\) must be an object/],
  ] as const) {
    const check = (error: unknown): boolean => error instanceof TypeError && message.test(error.message);
    assert.throws(() => new ProcessPoolExecutor({ reducers: given as never }), check);
    assert.throws(() => new InlineExecutor({ reducers: given as never }), check);
  }
});

test('the reusable executor is the same for the same reducers and another for others', async () => {
  const first = getReusableExecutor({ maxWorkers: 1, reducers });
  assert.equal(getReusableExecutor({ maxWorkers: 1, reducers: [...reducers] as PoolReducers }), first);
  const second = getReusableExecutor({ maxWorkers: 1, reducers: [] });
  assert.notEqual(second, first);
  await Promise.all([first.shutdown(), second.shutdown()]);
});
