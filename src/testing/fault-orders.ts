/**
 * How the host tells a worker which fault is to strike it: an order goes with the name of a task, or with the first greeting.
 * So it arrives with what it is about, in order, and nothing of the protocol is different.
 *
 * Rules: pure; text in, text out.
 */

import type { Fault } from './fault.js';

const MARK = '\u0000fault ';

/** What a worker needs to know of a fault. */
export type Order = Pick<Fault, 'at' | 'how' | 'code'>;

/** An order and the name that it came with. */
export interface TaskOrder {
  readonly order: Order;
  readonly name: string;
}

function toOrder({ at, how, code }: Order): Order {
  return { at, how, code };
}

/** The name of a task, with an order in it. */
export function writeTaskOrder({ order, name }: TaskOrder): string {
  return MARK + JSON.stringify({ order: toOrder(order), name });
}

/** The order in the name of a task, if there is one. */
export function readTaskOrder(name: string | undefined): TaskOrder | undefined {
  return name?.startsWith(MARK) ? (JSON.parse(name.slice(MARK.length)) as TaskOrder) : undefined;
}

/** What a new worker is told. */
export function writeInstructions(orders: readonly Order[]): string {
  return JSON.stringify(orders.map(toOrder));
}

/** What a new worker was told. */
export function readInstructions(instructions: string | undefined): readonly Order[] {
  return instructions === undefined ? [] : (JSON.parse(instructions) as Order[]);
}
