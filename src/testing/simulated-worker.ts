/**
 * One simulated worker, as its host sees it: links with latencies, a body that runs functions in this program, and an end that
 * comes when somebody wants it. It obeys the contract of `core/ports`.
 *
 * Rules: everything that reaches the host comes through the link, in virtual time.
 * Guarantees: what was said before the end arrives before the end; of what is done afterwards, nothing arrives.
 */

import { describeExit, type ExitReason, type ExitReport, type KillCause } from '../base/exit-reason.js';
import type { TaskId } from '../core/events.js';
import type { FunctionUnit, HostMessage, WorkerHandle, WorkerListener, WorkerMessage } from '../core/ports.js';
import { SentUnits } from '../transport/sent-units.js';
import type { HeardMessage, Hello } from '../transport/wire.js';
import type { WorkerLink } from '../worker/start.js';
import { FaultAgent } from './fault-agent.js';
import type { Order } from './fault-orders.js';
import { SimulatedBody } from './simulated-body.js';
import { SimulatedLink } from './simulated-link.js';
import type { SimulatedWorld } from './simulated-world.js';

/** What a simulated worker is made of. */
export interface SimulatedWorkerParts {
  readonly world: SimulatedWorld;
  readonly hello: Hello;
  readonly listener: WorkerListener;
}

/** A task that was sent and has not begun. */
interface Sent {
  readonly task: TaskId;
  isRecalled: boolean;
}

/** See the file's header. */
export class SimulatedWorker implements WorkerHandle {
  readonly id: number;
  readonly pid = undefined;
  readonly threadId = undefined;
  readonly rssBytes = undefined;
  readonly #world: SimulatedWorld;
  readonly #listener: WorkerListener;
  readonly #hello: Hello;
  readonly #toHost: SimulatedLink<() => void>;
  readonly #toWorker: SimulatedLink<() => void>;
  readonly #body: SimulatedBody;
  readonly #agent: FaultAgent;
  readonly #learned = new SentUnits();
  readonly #sent = new Set<Sent>();
  /** By their place on the link, until they begin. */
  readonly #arrived = new Map<number, Sent>();
  #arrivals = 0;
  /** A task that has begun without having said so. */
  #unsaid: TaskId | undefined;
  #life: 'up' | 'stalled' | 'dead' = 'up';

  constructor({ world, hello, listener }: SimulatedWorkerParts) {
    this.id = hello.workerId;
    this.#world = world;
    this.#hello = hello;
    this.#listener = listener;
    const way = { clock: world.clock, latencyMs: () => world.latencyMs(), receive: (act: () => void) => act() };
    this.#toHost = new SimulatedLink(way);
    this.#toWorker = new SimulatedLink(way);
    this.#body = new SimulatedBody({
      world,
      workerId: this.id,
      lose: () => this.lose(),
      onLeave: () => this.#die({ kind: 'left' }),
    });
    this.#agent = new FaultAgent({
      listener: this.#body,
      strike: (order) => this.#strike(order),
      later: (callback) => world.clock.after(0, () => this.#runLater(callback)),
      onHang: () => this.#body.noteHang(),
    });
    this.#body.connect(this.#agent.wrap(this.#makeLink()));
    this.#note('starts');
    world.clock.after(world.startupMs(), () => this.#hear([{ kind: 'hello', hello }]));
  }

  /** What goes on in it that virtual time does not move. */
  get activity(): SimulatedBody['activity'] {
    return this.#life === 'up' ? this.#body.activity : 'none';
  }

  /** The task that it has begun and not answered. */
  get task(): SimulatedBody['task'] {
    return this.#life === 'dead' ? undefined : this.#body.task;
  }

  get isAlive(): boolean {
    return this.#life !== 'dead';
  }

  send(message: HostMessage): void {
    const sent = message.kind === 'run' ? { task: message.task, isRecalled: false } : undefined;
    if (sent !== undefined) this.#sent.add(sent);
    const heard = this.#translate(message);
    this.#toWorker.send(() => {
      // What never comes to the task's turn has no place on the link.
      if (sent?.isRecalled) return this.#hear(heard.filter(({ kind }) => kind !== 'run'));
      if (sent !== undefined && this.#life === 'up') {
        this.#arrivals += 1;
        this.#arrived.set(this.#arrivals, sent);
      }
      this.#hear(heard);
    });
  }

  recall(): readonly TaskId[] {
    if (this.#life === 'dead') return [];
    const tasks = [...this.#sent].map((sent) => {
      sent.isRecalled = true;
      return sent.task;
    });
    this.#sent.clear();
    return tasks;
  }

  kill(cause: KillCause): void {
    this.#die({ kind: 'killed', cause });
  }

  /** Ends it as the system does when memory is short. */
  lose(): void {
    this.#die({ kind: 'signaled', signal: 'SIGKILL' });
  }

  /** Lets it stand still: it says and hears nothing any more, until somebody kills it. */
  stall(): void {
    if (this.#life !== 'up') return;
    this.#life = 'stalled';
    this.#note('stands still');
  }

  #translate(message: HostMessage): HeardMessage[] {
    if (message.kind !== 'run') return [message];
    const { unit, context, ...call } = message.payload;
    const { task, attempt } = message;
    return [...this.#teach(unit), { kind: 'run', task, attempt, unit: unit.id, context, ...call }];
  }

  #teach(unit: FunctionUnit): HeardMessage[] {
    if (this.#learned.use(unit) === 'known') return [];
    const forgotten = this.#learned.takeForgotten().map((id) => ({ kind: 'forget', id }) as const);
    return [...forgotten, { kind: 'unit', id: unit.id, bytes: unit.bytes }];
  }

  #hear(messages: readonly HeardMessage[]): void {
    if (this.#life === 'up') this.#agent.listener.onMessages(messages);
  }

  /** What its inside says things on. */
  #makeLink(): WorkerLink {
    return {
      canKeep: true,
      claim: (sequence) => this.#claim(sequence),
      started: (task) => {
        this.#unsaid = undefined;
        this.#say({ kind: 'started', task });
      },
      finished: (task, answer) => {
        this.#note(`${answer.failed ? 'fails' : 'answers'} task ${task}`);
        this.#say({ kind: 'finished', task, ...answer });
      },
      progress: (task, bytes) => this.#say({ kind: 'progress', task, bytes }),
      ready: () => {
        this.#note('is ready');
        this.#say({ kind: 'ready' });
      },
      failStart: (failure) => this.#die({ kind: 'start-failed', message: 'its initializer failed' }, failure),
      spent: () => this.#say({ kind: 'spent' }),
      // A recall here is exact, so the host knows what is skipped.
      skipped: () => {},
      goodbye: () => {},
      flush: () => {},
      memory: () => {},
      output: () => {},
      // What runs in the host reaches its executors itself.
      ask: () => {},
    };
  }

  #claim(sequence: number): boolean {
    const sent = this.#arrived.get(sequence);
    this.#arrived.delete(sequence);
    if (sent === undefined || sent.isRecalled || this.#life !== 'up') return false;
    this.#sent.delete(sent);
    this.#unsaid = sent.task;
    this.#note(`begins task ${sent.task}`);
    return true;
  }

  #say(message: WorkerMessage): void {
    if (this.#life === 'up') this.#toHost.send(() => this.#listener.onMessage(message));
  }

  #note(what: string): void {
    if (this.#life !== 'dead') this.#world.note(this.id, what);
  }

  /** A failure here is an error that nobody caught, in a worker without a task. */
  #runLater(callback: () => void): void {
    if (this.#life !== 'up') return;
    try {
      callback();
    } catch {
      this.#say({ kind: 'spent' });
    }
  }

  #strike({ how, code = 1 }: Order): 'over' {
    switch (how) {
      case 'exit':
        this.#die({ kind: 'exited', code });
        return 'over';
      case 'abort':
        this.#die({ kind: 'signaled', signal: 'SIGABRT' });
        return 'over';
      case 'out-of-memory':
        this.#die({ kind: 'out-of-memory' });
        return 'over';
      case 'close-link':
        this.#die({ kind: 'link-closed' });
        return 'over';
      case 'hang':
      case 'loop':
      case 'SIGSTOP':
        this.stall();
        return 'over';
      case 'throw':
      case 'stack-overflow':
        throw new Error(`'${how}' makes a task fail, not a worker.`);
      default:
        this.#die({ kind: 'signaled', signal: how });
        return 'over';
    }
  }

  #die(reason: ExitReason, failure?: Uint8Array): void {
    if (this.#life === 'dead') return;
    const inInitializer =
      this.#hello.initializer !== null && this.#body.isInitializing && reason.kind !== 'start-failed';
    const exit: ExitReport = {
      reason,
      failure,
      exitCode: reason.kind === 'exited' ? reason.code : undefined,
      signal: reason.kind === 'signaled' ? reason.signal : undefined,
      during: inInitializer ? 'initializer' : undefined,
    };
    const unsaid = this.#unsaid;
    this.#note(describeExit(exit).replace(/^worker /, ''));
    this.#life = 'dead';
    this.#body.giveUp();
    if (unsaid !== undefined) this.#toHost.send(() => this.#listener.onMessage({ kind: 'started', task: unsaid }));
    this.#toHost.send(() => this.#listener.onExit(exit));
  }
}
