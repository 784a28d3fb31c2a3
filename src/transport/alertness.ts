/**
 * Keeps an event loop awake for a moment in which the other side is likely to say something: to wake a thread that sleeps takes
 * several times as long as a small task. The loop turns without waiting meanwhile, and serves everything as usual.
 *
 * Rules: knows no link; is told what is expected and what has come. Where there is one CPU, nobody stays awake: the other
 * side needs it.
 * Guarantees: a loop stays awake for a bounded number of turns, and after a few times in vain only now and then: what does not
 * help costs next to nothing. The async context in which something was expected is let go with the answer.
 */

import os from 'node:os';

const { setImmediate, clearImmediate } = globalThis;
const { availableParallelism } = os;

/** For so many turns: some 50 µs, which is two wake-ups and a small task. */
const AWAKE_TURNS = 48;
/** So often in a row it may be in vain. From then on it is tried less and less often, */
const PATIENCE = 2;
/** though at least once in so many times. */
const RARELY = 256;

let severalCpus: boolean | undefined;

/** Whether both sides can run at one time. */
function hasSeveralCpus(): boolean {
  severalCpus ??= availableParallelism() > 1;
  return severalCpus;
}

/** See the file's header. */
export class Alertness {
  readonly #canAfford: () => boolean;
  readonly #turn = (): void => this.#look();
  /** The next turn; there while something is expected. */
  #next: NodeJS.Immediate | undefined;
  #turnsLeft = 0;
  /** How often in a row nothing came in time. */
  #vain = 0;
  /** How often it is not tried. */
  #toPass = 0;

  constructor(canAfford: () => boolean = hasSeveralCpus) {
    this.#canAfford = canAfford;
  }

  /** Whether the loop is kept awake now. */
  get isAwake(): boolean {
    return this.#next !== undefined;
  }

  /** Something is likely to come at once. */
  expect(): void {
    if (this.#toPass > 0) {
      this.#toPass -= 1;
      return;
    }
    if (!this.#canAfford()) return;
    this.rest();
    this.#turnsLeft = AWAKE_TURNS;
    this.#next = setImmediate(this.#turn);
  }

  /** It has come. */
  hear(): void {
    if (this.#next === undefined) return;
    this.#vain = 0;
    this.rest();
  }

  /** Nothing is expected any more. */
  rest(): void {
    if (this.#next !== undefined) clearImmediate(this.#next);
    this.#next = undefined;
  }

  #look(): void {
    this.#turnsLeft -= 1;
    if (this.#turnsLeft > 0) {
      this.#next = setImmediate(this.#turn);
      return;
    }
    this.#next = undefined;
    this.#vain += 1;
    if (this.#vain >= PATIENCE) this.#toPass = Math.min(2 ** this.#vain, RARELY);
  }
}
