/**
 * The numbers of the objects of one message, in the order in which they were first met.
 *
 * Guarantees: nothing is kept after `reset`.
 */

import { SafeMap } from './intrinsics.js';

/** Objects up to this number are compared one by one, which is faster than a Map. */
const FEW = 8;

/** Objects to numbers. */
export class Identities {
  private readonly few: unknown[] = [];
  private many: SafeMap<object, number> | undefined;
  private count = 0;

  /** The number of an object that was met before; otherwise −1, and it gets the next number. */
  meet(object: object): number {
    const { count, few, many } = this;
    if (many === undefined) {
      for (let i = 0; i < count; i++) if (few[i] === object) return i;
      this.count = count + 1;
      if (count < FEW) few[count] = object;
      else this.change(object);
      return -1;
    }
    const known = many.get(object);
    if (known !== undefined) return known;
    many.set(object, count);
    this.count = count + 1;
    return -1;
  }

  /** Forgets every object. */
  reset(): void {
    const used = this.count < FEW ? this.count : FEW;
    for (let i = 0; i < used; i++) this.few[i] = undefined;
    this.many = undefined;
    this.count = 0;
  }

  private change(object: object): void {
    const many = new SafeMap<object, number>();
    for (let i = 0; i < FEW; i++) many.set(this.few[i] as object, i);
    many.set(object, FEW);
    this.many = many;
  }
}
