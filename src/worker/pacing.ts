/**
 * When a worker's news leaves: at once as a rule, and together with others' while quick tasks follow each other.
 *
 * Rules: decides; writes nothing. Guarantees: nothing waits for a task that is not known to be over at once, nor much longer
 * than `KEEP_MS` for ones that are.
 */

import type { TaskPayload } from '../core/ports.js';
import type { KnownUnits } from './known-units.js';

/** As long as this, answers may wait for those of the tasks behind them, so that many wake the host once. */
const KEEP_MS = 0.25;

/**
 * What is written before a task begins: `tell`, that it does, with all that was said before; `hush`, what was said before;
 * `keep`, nothing.
 */
export type Pace = 'tell' | 'hush' | 'keep';

/** See the file's header. */
export class Pacing {
  readonly #units: Pick<KnownUnits, 'isQuick' | 'isSteady'>;
  /** Whether what was not flushed has an answer in it. */
  #unwritten: 'no-answer' | 'an-answer' = 'no-answer';
  /** When the first and the last answer of those came. */
  #firstAnswerMs = 0;
  #lastAnswerMs = 0;

  constructor(units: Pick<KnownUnits, 'isQuick' | 'isSteady'>) {
    this.#units = units;
  }

  /** How a call begins. `canKeep`: what was not flushed can be kept safe. */
  paceOf(startNews: TaskPayload['startNews'], unit: number, canKeep: boolean): Pace {
    if (startNews !== 'may-wait' || !this.#units.isQuick(unit)) return 'tell';
    if (this.#unwritten === 'no-answer') return 'keep';
    const hasWaitedLong = this.#lastAnswerMs - this.#firstAnswerMs >= KEEP_MS;
    return !hasWaitedLong && this.#units.isSteady(unit) && canKeep ? 'keep' : 'hush';
  }

  /** An answer was given, and not flushed. */
  noteAnswer(nowMs: number): void {
    if (this.#unwritten === 'no-answer') this.#firstAnswerMs = nowMs;
    this.#lastAnswerMs = nowMs;
    this.#unwritten = 'an-answer';
  }

  /** Everything was flushed. */
  noteFlush(): void {
    this.#unwritten = 'no-answer';
  }
}
