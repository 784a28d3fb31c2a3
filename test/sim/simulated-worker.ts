/**
 * One simulated worker: obeys the contract of `ports`, and draws a fault at every step that can go wrong.
 *
 * Its life: it starts, says `ready`, then looks at one task after the other, begins it (which the truth notes), says
 * `started`, works, writes the result. It may die or stand still anywhere. What it had said arrives before its exit does.
 */

import type { ExitReason, KillCause } from '#src/base/exit-reason.js';
import type { TaskId } from '#src/core/events.js';
import type { HostMessage, WorkerHandle, WorkerListener, WorkerMessage } from '#src/core/ports.js';
import { SimulatedLink } from '#src/testing/simulated-link.js';
import { type Behaviour, WATCHDOG_MS } from './plan.js';
import type { World } from './world.js';

/** Something that the host sent and that was not begun yet. */
interface Sent {
  readonly task: TaskId;
  readonly attempt: number;
  /** `'doubtful'`: a recall could not tell whether it has begun. `'recalled'`: it never will. */
  state: 'on-its-way' | 'received' | 'looked-at' | 'doubtful' | 'recalled';
}

interface Running {
  readonly task: TaskId;
  readonly behaviour: Behaviour;
  readonly beganMs: number;
}

/** What a simulated worker is made of. */
export interface SimulatedWorkerParts {
  readonly world: World;
  readonly id: number;
  readonly listener: WorkerListener;
}

/** See the file's header. */
export class SimulatedWorker implements WorkerHandle {
  readonly id: number;
  readonly pid: number;
  readonly threadId = undefined;
  readonly rssBytes = undefined;
  readonly #world: World;
  readonly #listener: WorkerListener;
  readonly #toHost: SimulatedLink<WorkerMessage>;
  readonly #toWorker: SimulatedLink<() => void>;
  readonly #sent: Sent[] = [];
  #life: 'starting' | 'up' | 'stalled' | 'dead' = 'starting';
  #running: Running | undefined;
  #lookingAt: Sent | undefined;
  #killCause: KillCause | undefined;
  #wasAskedToLeave = false;

  constructor({ world, id, listener }: SimulatedWorkerParts) {
    this.#world = world;
    this.id = id;
    this.pid = 1000 + id;
    this.#listener = listener;
    const way = { clock: world.clock, latencyMs: () => world.latencyMs(id) };
    this.#toHost = new SimulatedLink({ ...way, receive: (message) => listener.onMessage(message) });
    this.#toWorker = new SimulatedLink({ ...way, receive: (receive) => receive() });
    this.#start();
  }

  send(message: HostMessage): void {
    switch (message.kind) {
      case 'run': {
        const sent: Sent = { task: message.task, attempt: message.attempt, state: 'on-its-way' };
        this.#sent.push(sent);
        this.#toWorker.send(() => {
          if (sent.state === 'on-its-way') sent.state = 'received';
          this.#lookAtNext();
        });
        return;
      }
      case 'abort':
        this.#toWorker.send(() => this.#hearAbort(message.task));
        return;
      case 'tell':
        this.#toWorker.send(() => this.#hearThatChildrenAreDone(message.bytes));
        return;
      case 'leave':
        this.#toWorker.send(() => {
          this.#wasAskedToLeave = true;
          this.#leave();
        });
        return;
      default:
        message satisfies never;
    }
  }

  recall(): readonly TaskId[] {
    if (this.#life === 'dead') return [];
    const recalled: TaskId[] = [];
    for (const sent of this.#sent) {
      if (sent.state === 'doubtful' || sent.state === 'recalled') continue;
      const isLoose = this.#world.climate.recalls === 'loose' && this.#world.random.chance(0.5);
      if (sent.state === 'looked-at' || (sent.state === 'received' && isLoose)) {
        sent.state = 'doubtful';
      } else {
        sent.state = 'recalled';
        recalled.push(sent.task);
      }
    }
    return recalled;
  }

  kill(cause: KillCause): void {
    if (this.#life === 'dead' || this.#killCause !== undefined) return;
    this.#killCause = cause;
    const isSlow = this.#world.strikes('slow-kill', this.id);
    const delayMs = this.#world.random.between(0, isSlow ? 1_000 : 3);
    this.#world.clock.after(delayMs, () => this.#die({ kind: 'killed', cause }));
  }

  /** Somebody else kills it: an operator, the system when memory is short. */
  killFromOutside(): void {
    if (this.#life !== 'dead') this.#die({ kind: 'signaled', signal: 'SIGKILL' });
  }

  #start(): void {
    const { random, climate, clock } = this.#world;
    const delayMs = random.between(0.1, climate.startupMs);
    if (this.#strikes('spawn-failed')) {
      this.#dieAfter(0, { kind: 'spawn-failed', message: 'EAGAIN' });
    } else if (this.#strikes('never-ready')) {
      this.#life = 'stalled';
    } else if (this.#strikes('dies-starting')) {
      this.#dieAfter(delayMs, { kind: 'exited', code: 1 });
    } else if (climate.initializersFail && this.#strikes('start-failed')) {
      this.#dieAfter(delayMs, { kind: 'start-failed', message: 'the initializer threw' });
    } else {
      clock.after(delayMs, () => this.#getReady());
    }
  }

  #getReady(): void {
    if (this.#life !== 'starting') return;
    this.#life = 'up';
    this.#say({ kind: 'ready' });
    if (this.#strikes('dies-when-ready')) return this.#die({ kind: 'link-closed' });
    if (this.#strikes('dies-idle')) {
      this.#dieAfter(this.#world.random.between(0, 200), { kind: 'signaled', signal: 'SIGSEGV' });
    }
    if (this.#strikes('stalls-idle')) return this.#stallIdle();
    this.#lookAtNext();
  }

  /** Takes the next task in hand, without beginning it yet. */
  #lookAtNext(): void {
    if (this.#life !== 'up' || this.#running !== undefined || this.#lookingAt !== undefined) return;
    while (this.#sent[0]?.state === 'recalled') this.#sent.shift();
    const next = this.#sent[0];
    if (next === undefined) return this.#leave();
    if (next.state === 'on-its-way') return;
    if (next.state === 'received') next.state = 'looked-at';
    this.#lookingAt = next;
    this.#world.clock.after(this.#world.random.between(0, 0.3), () => this.#begin(next));
  }

  #begin(sent: Sent): void {
    if (this.#life !== 'up') return;
    this.#lookingAt = undefined;
    this.#sent.shift();
    const { random, truth, clock } = this.#world;
    if (sent.state === 'doubtful' && random.chance(0.5)) {
      this.#say({ kind: 'skipped', task: sent.task });
      return this.#lookAtNext();
    }
    if (this.#strikes('dies-before-started')) return this.#die({ kind: 'exited', code: 0 });
    if (this.#strikes('stalls-before-started')) return this.#stall();
    this.#say({ kind: 'started', task: sent.task });
    const beganMs = clock.nowMs();
    const behaviour = this.#world.behaviourOf(sent.task);
    truth.noteBegin(this.id, sent.task, { nowMs: beganMs, again: behaviour.wantsRetry });
    this.#running = { task: sent.task, behaviour, beganMs };
    this.#work(this.#running);
  }

  #work(running: Running): void {
    const { random, clock } = this.#world;
    const { durationMs, progressReports } = running.behaviour;
    const knownMs = Math.min(durationMs, 50);
    if (this.#strikes('dies-running')) {
      this.#dieAfter(random.between(0, knownMs), { kind: 'signaled', signal: 'SIGABRT' });
    } else if (this.#strikes('stalls-running')) {
      clock.after(random.between(0, knownMs), () => this.#stall());
    }
    for (let report = 0; report < progressReports; report += 1) {
      clock.after(random.between(0, knownMs), () => {
        if (this.#isAt(running)) this.#say({ kind: 'progress', task: running.task, bytes: new Uint8Array(1) });
      });
    }
    if ((running.behaviour.children ?? 0) > 0) {
      clock.after(random.between(0, knownMs), () => this.#submitChildren(running));
    } else if (durationMs !== Infinity) {
      clock.after(durationMs, () => this.#finish(running, running.behaviour.failed));
    }
  }

  #submitChildren(running: Running): void {
    if (!this.#isAt(running)) return;
    this.#world.truth.noteWaiting(this.id, 'waits');
    this.#say({ kind: 'ask', task: running.task, bytes: Uint8Array.of(running.behaviour.children ?? 0) });
  }

  #hearThatChildrenAreDone(bytes: Uint8Array): void {
    const running = this.#running;
    if (running === undefined || running.task !== new DataView(bytes.buffer).getUint32(0)) return;
    this.#world.truth.noteWaiting(this.id, 'goes on');
    const { durationMs, failed } = running.behaviour;
    const ownMs = Math.min(durationMs, 50);
    this.#world.clock.after(this.#world.random.between(0, ownMs), () => this.#finish(running, failed));
  }

  #isAt(running: Running): boolean {
    return this.#life === 'up' && this.#running === running;
  }

  #hearAbort(task: TaskId): void {
    const running = this.#running;
    if (running?.task !== task || !running.behaviour.obeysAbort) return;
    this.#world.clock.after(this.#world.random.between(0, 5), () => this.#finish(running, true));
  }

  #finish(running: Running, failed: boolean): void {
    if (!this.#isAt(running)) return;
    const { truth, random, clock } = this.#world;
    const { task, beganMs } = running;
    truth.noteResult(this.id, task, failed);
    this.#running = undefined;
    const durationUs = (clock.nowMs() - beganMs) * 1000;
    this.#say({ kind: 'finished', task, failed, durationUs, bytes: Uint8Array.of(task & 255, failed ? 1 : 0) });
    if (this.#strikes('dies-after-finished')) return this.#die({ kind: 'exited', code: random.pick([0, 1, 134]) });
    if (this.#strikes('says-spent')) this.#say({ kind: 'spent' });
    if (this.#strikes('dies-idle')) this.#dieAfter(random.between(0, 20), { kind: 'exited', code: 7 });
    if (this.#strikes('stalls-idle')) return this.#stallIdle();
    this.#lookAtNext();
  }

  #leave(): void {
    if (!this.#wasAskedToLeave || this.#life !== 'up') return;
    if (this.#strikes('never-leaves')) {
      this.#life = 'stalled';
    } else {
      const reason: ExitReason = this.#strikes('dies-leaving') ? { kind: 'exited', code: 139 } : { kind: 'left' };
      this.#dieAfter(this.#world.random.between(0, 5), reason);
    }
  }

  /** Stands still and says nothing, until somebody kills it. */
  #stall(): void {
    if (this.#life !== 'up') return;
    this.#life = 'stalled';
    this.#world.clock.after(WATCHDOG_MS, () => this.killFromOutside());
  }

  /** As `#stall`, with nothing begun. If a recall can tell, it is for the pool itself to notice. */
  #stallIdle(): void {
    if (this.#life !== 'up') return;
    if (this.#world.climate.recalls === 'loose') this.#stall();
    else this.#life = 'stalled';
  }

  #dieAfter(delayMs: number, reason: ExitReason): void {
    this.#world.clock.after(delayMs, () => this.#die(reason));
  }

  #die(reason: ExitReason): void {
    if (this.#life === 'dead') return;
    this.#life = 'dead';
    this.#world.truth.noteDeath(this.id);
    const noticedMs = this.#toHost.drainedAtMs + this.#world.random.between(0, 2);
    const told: ExitReason = this.#killCause === undefined ? reason : { kind: 'killed', cause: this.#killCause };
    this.#world.clock.at(noticedMs, () => this.#listener.onExit({ reason: told, pid: this.pid }));
  }

  #say(message: WorkerMessage): void {
    this.#toHost.send(message);
  }

  #strikes(fault: Parameters<World['strikes']>[0]): boolean {
    return this.#world.strikes(fault, this.id);
  }
}
