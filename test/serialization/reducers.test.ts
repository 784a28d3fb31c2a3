import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCodec } from '#src/serialization/codec.js';
import { ReducerTable } from '#src/serialization/reducers.js';
import { fakePort } from './fake-port.js';

class Account {
  #balance: number;
  constructor(balance: number) {
    this.#balance = balance;
  }
  get balance(): number {
    return this.#balance;
  }
}
class Savings extends Account {}
const openAccount = (balance: number): Account => new Account(balance);
const fail = (): never => {
  throw new Error('no such account');
};

const OPTIONS = { direction: 'argument', root: 'args' } as const;
const port = fakePort({ 'file:///bank.mjs': { openAccount, fail } });
const withReducer = (pair: { reduce(account: Account): unknown; revive(data: never): unknown }) =>
  createCodec({
    functions: port,
    reducers: new ReducerTable(port, [{ type: Account, ...pair } as never]),
  });
const byBalance = { reduce: ({ balance }: Account): number => balance, revive: openAccount };

describe('a reducer', () => {
  it('takes apart what the codec refuses, and the other side makes it again, once for each object', () => {
    const codec = withReducer(byBalance);
    const account = new Account(12);
    const [a, b] = codec.decode(codec.encode([account, { again: account }], OPTIONS), OPTIONS) as [
      Account,
      { again: Account },
    ];
    assert.equal(a.balance, 12);
    assert.equal(b.again, a);
  });

  it('serves subclasses too', () => {
    const codec = withReducer(byBalance);
    assert.equal((codec.decode(codec.encode(new Savings(3), OPTIONS), OPTIONS) as Account).balance, 3);
  });

  it('fails its value alone when it throws, on either side', () => {
    const throwing = withReducer({ reduce: () => fail(), revive: openAccount });
    assert.throws(() => throwing.encode([new Account(1)], OPTIONS), {
      phase: 'writing',
      path: 'args[0]',
      message: /no such account/,
    });
    const late = withReducer({ reduce: () => 1, revive: fail });
    assert.throws(() => late.decode(late.encode([new Account(1)], OPTIONS), OPTIONS), {
      phase: 'reading',
      message: /revive\(\) of the reducer of its class threw Error: no such account/,
    });
  });

  it('is told when what it returned contains the object itself, with the path to it', () => {
    for (const reduce of [(account: Account) => account, (account: Account) => ({ deep: [account] })]) {
      const codec = withReducer({ reduce, revive: openAccount });
      assert.throws(() => codec.encode([{ account: new Account(1) }], OPTIONS), {
        phase: 'writing',
        path: /^args\[0\]\.account/,
        message: /its reducer returned data that contain the object itself/,
      });
      // The next value is not taken for a part of the refused one.
      assert.equal(codec.decode(codec.encode(7, OPTIONS), OPTIONS), 7);
    }
  });

  it('gets complete arguments, however deep', () => {
    const codec = withReducer(byBalance);
    let value: unknown = new Account(5);
    for (let i = 0; i < 300; i++) value = [value];
    let arrived = codec.decode(codec.encode(value, OPTIONS), OPTIONS);
    for (let i = 0; i < 300; i++) arrived = (arrived as unknown[])[0];
    assert.equal((arrived as Account).balance, 5);
  });
});
