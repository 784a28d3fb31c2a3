/**
 * In a worker: carries out the faults that the host has ordered, each at its step. It stands between the worker and its link,
 * so what happens then is what would happen to any worker.
 *
 * Rules: knows neither process nor thread, nor how a fault is done: that is handed in.
 */

import { SerializationError } from '../base/errors.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { encodeThrown } from '../serialization/remote-error.js';
import type { HeardMessage, Hello } from '../transport/wire.js';
import type { HostListener, WorkerLink } from '../worker/start.js';
import { type FaultStep, isFailure } from './fault.js';
import { type Order, readInstructions, readTaskOrder, type TaskOrder } from './fault-orders.js';

const { Buffer } = globalThis;

/** Does what an order says to this worker. Mostly it does not come back; `'over'` says that the worker is no more. */
export type StrikeWorker = (order: Order) => 'goes-on' | 'over';

/** What an agent is made of. */
export interface FaultAgentOptions {
  readonly listener: HostListener;
  readonly strike: StrikeWorker;
  /** Calls back when the worker has had time to begin something else. */
  later(callback: () => void): void;
  /** Told of a task that will never settle. */
  onHang?(): void;
}

/** Where a function that travels by its text finds the agent. */
const REGISTRY = Symbol.for('tardigrade.testing.run-fault');
/** Far from the numbers of a pool's own functions. */
const FAULTY_UNIT = 2 ** 32 - 1;
const GARBAGE = Uint8Array.of(255, 255, 255, 255);

/** An order for one of the agents in this thread: there is one for each simulated worker. */
type AddressedOrder = Order & { readonly agent: number };

/** What agents do in place of a task's function, by their numbers. */
const agents: ((order: Order) => unknown)[] = [];
let lastAgent = 0;

/** Runs in place of a task's function. */
const runFault = (order: AddressedOrder): unknown =>
  (globalThis as unknown as Record<symbol, ((order: unknown) => unknown)[]>)[
    Symbol.for('tardigrade.testing.run-fault')
  ]?.[order.agent]?.(order);

const throwHere = (): never => {
  throw new Error('a fault was injected while the worker started');
};

/** See the file's header. */
export class FaultAgent {
  readonly #options: FaultAgentOptions;
  readonly #codec: Codec;
  /** By the task's place on the link. */
  readonly #bySequence = new Map<number, TaskOrder>();
  readonly #byTask = new Map<number, TaskOrder>();
  #standing: readonly Order[] = [];
  #idleOrder: Order | undefined;
  #received = 0;
  /** Tasks that have come and are not over. */
  #open = 0;
  #ears: 'open' | 'deaf' = 'open';
  readonly #number: number;

  constructor(options: FaultAgentOptions) {
    this.#options = options;
    lastAgent += 1;
    this.#number = lastAgent;
    this.#codec = createCodec({ functions: createFunctionPort(), classes: 'load' });
  }

  /** What the link tells. */
  get listener(): HostListener {
    const { listener } = this.#options;
    return {
      onMessages: (messages) => {
        const changed = messages.flatMap((message) => (this.#ears === 'deaf' ? [] : this.#hear(message)));
        if (changed.length > 0) listener.onMessages(changed);
      },
      onEnd: (fault) => listener.onEnd(fault),
    };
  }

  /** The link as the worker uses it. */
  wrap(link: WorkerLink): WorkerLink {
    return {
      get canKeep() {
        return link.canKeep;
      },
      claim: (sequence) => link.claim(sequence) && this.#survives(this.#bySequence.get(sequence)?.order, 'argument-in'),
      started: (task) => link.started(task),
      finished: (task, answer) => this.#finish(link, task, answer),
      progress: (task, bytes) => link.progress(task, bytes),
      skipped: (task, sequence) => {
        this.#byTask.delete(task);
        this.#close();
        link.skipped(task, sequence);
      },
      goodbye: () => {
        const order = this.#find('leaving');
        if (order !== undefined && isFailure(order.how)) throw failureOf(order);
        if (this.#survives(order, 'leaving')) link.goodbye();
      },
      flush: () => link.flush(),
      ready: () => {
        link.ready();
        this.#idleOrder = this.#find('idle');
        this.#strikeWhenIdle();
      },
      failStart: (bytes) => link.failStart(bytes),
      spent: () => link.spent(),
      memory: (bytes) => link.memory(bytes),
      output: (task, stream, bytes) => link.output(task, stream, bytes),
      ask: (task, bytes) => link.ask(task, bytes),
    };
  }

  #find(at: FaultStep): Order | undefined {
    return this.#standing.find((order) => order.at === at);
  }

  /** Strikes, if the order is for this step; says whether the worker goes on. */
  #survives(order: Order | undefined, at: FaultStep): boolean {
    if (order?.at !== at || isFailure(order.how)) return true;
    return this.#options.strike(order) === 'goes-on';
  }

  #hear(message: HeardMessage): readonly HeardMessage[] {
    if (message.kind === 'hello') return this.#hearHello(message.hello);
    if (message.kind !== 'run') return [message];
    this.#received += 1;
    this.#open += 1;
    const found = readTaskOrder(message.name);
    if (found === undefined) return [message];
    const { order, name } = found;
    this.#bySequence.set(this.#received, found);
    this.#byTask.set(message.task, found);
    if (!this.#survives(order, 'argument-out')) this.#ears = 'deaf';
    if (order.at === 'argument-in' && isFailure(order.how)) return [{ ...message, name, args: GARBAGE }];
    return order.at === 'run' ? this.#replace({ ...message, name }, order) : [{ ...message, name }];
  }

  #hearHello(hello: Hello): readonly HeardMessage[] {
    this.#standing = readInstructions(hello.instructions);
    const order = this.#find('start-up');
    if (order === undefined) return [{ kind: 'hello', hello }];
    if (!isFailure(order.how)) {
      if (this.#options.strike(order) === 'over') this.#ears = 'deaf';
      return this.#ears === 'deaf' ? [] : [{ kind: 'hello', hello }];
    }
    const unit = this.#codec.encode(throwHere, { direction: 'argument', root: 'initializer' });
    const args = this.#codec.encode([], { direction: 'argument', root: 'initializerArgs' });
    const initializer = { unit: Buffer.from(unit).toString('base64'), args: Buffer.from(args).toString('base64') };
    return [{ kind: 'hello', hello: { ...hello, initializer } }];
  }

  /** A call of `runFault` instead, of the same shape. */
  #replace(message: HeardMessage & { kind: 'run' }, order: Order): readonly HeardMessage[] {
    Object.assign(globalThis, { [REGISTRY]: agents });
    agents[this.#number] = (what) => this.#runInstead(what);
    const addressed: AddressedOrder = { ...order, agent: this.#number };
    const unit = this.#codec.encode(runFault, { direction: 'argument', root: 'fn' });
    const values = message.shape === 'call' ? [addressed] : [[addressed], 0];
    const args = this.#codec.encode(values, { direction: 'argument', root: 'args' });
    return [
      { kind: 'unit', id: FAULTY_UNIT, bytes: unit },
      { ...message, unit: FAULTY_UNIT, args },
    ];
  }

  #runInstead(order: Order): unknown {
    if (order.how === 'stack-overflow') return overflow();
    if (isFailure(order.how)) throw failureOf(order);
    if (order.how === 'hang') this.#options.onHang?.();
    else this.#options.strike(order);
    return order.how === 'SIGSTOP' ? undefined : new Promise(() => {});
  }

  #finish(link: WorkerLink, task: number, answer: Parameters<WorkerLink['finished']>[1]): void {
    const order = this.#byTask.get(task)?.order;
    this.#byTask.delete(task);
    if (!this.#survives(order, 'result-out')) return;
    link.finished(task, order !== undefined && isFailure(order.how) ? this.#spoil(answer, order) : answer);
    if (order?.at === 'result-in') {
      link.flush();
      if (!this.#survives(order, 'result-in')) return;
    }
    if (order?.at === 'idle') this.#idleOrder = order;
    this.#close();
  }

  #spoil(answer: Parameters<WorkerLink['finished']>[1], order: Order): Parameters<WorkerLink['finished']>[1] {
    if (order.at === 'result-in') return { ...answer, failed: false, bytes: GARBAGE };
    if (order.at !== 'result-out') return answer;
    const where = { direction: 'result', phase: 'writing', path: 'result' } as const;
    const error = new SerializationError({ ...where, reason: 'a fault was injected here' });
    return { ...answer, failed: true, bytes: encodeThrown(this.#codec, error) };
  }

  /** One task less. */
  #close(): void {
    this.#open -= 1;
    this.#strikeWhenIdle();
  }

  #strikeWhenIdle(): void {
    if (this.#idleOrder === undefined || this.#open > 0) return;
    this.#options.later(() => {
      const order = this.#idleOrder;
      if (order === undefined || this.#open > 0) return;
      this.#idleOrder = undefined;
      if (isFailure(order.how)) throw failureOf(order);
      this.#options.strike(order);
    });
  }
}

function failureOf({ at }: Order): Error {
  return new Error(`a fault was injected at '${at}'`);
}

function overflow(): number {
  return 1 + overflow();
}
