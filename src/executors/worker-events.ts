/**
 * Tells whoever listens, through `diagnostics_channel`, of the life of workers.
 *
 *   tardigrade:worker:starting   it is being started
 *   tardigrade:worker:ready      it takes tasks
 *   tardigrade:worker:left       it has gone because it was asked to
 *   tardigrade:worker:killed     the executor has ended it: a task that was to stop, a shutdown, a time limit
 *   tardigrade:worker:lost       it has ended in any other way
 *
 * Rules: decides nothing. One object stands for a worker in all its events.
 * Guarantees: where nobody listens when a worker starts, it costs one look at the channels. Subscribers run outside of any
 * task's async context.
 */

import { channel } from 'node:diagnostics_channel';
import { describeExit, type ExitReport } from '../base/exit-reason.js';
import type { Launcher, WorkerHandle, WorkerListener } from '../core/ports.js';
import type { ExecutorLabel } from './task-events.js';

/** What is known of a worker; the same object in all its events, filled in as it goes. */
export interface WorkerEvent {
  /** The executor that it works for. */
  readonly executor: ExecutorLabel;
  /** Its number in its executor, as in `WorkerInfo`. */
  readonly workerId: number;
  /** Its process id; `undefined` for a thread, and where none could be started. */
  pid: number | undefined;
  /** Its thread id; `undefined` for a process. */
  threadId: number | undefined;
  /** How it ended, in words. Absent before. */
  exit?: string;
  /** Its exit code, if it had one. */
  exitCode?: number | undefined;
  /** The signal that ended it, if one did. */
  signal?: string | undefined;
}

const channels = {
  starting: channel('tardigrade:worker:starting'),
  ready: channel('tardigrade:worker:ready'),
  left: channel('tardigrade:worker:left'),
  killed: channel('tardigrade:worker:killed'),
  lost: channel('tardigrade:worker:lost'),
} as const;
const all = Object.values(channels);

/** The same launcher, told of. */
export function traceLauncher(executor: ExecutorLabel, launcher: Launcher): Launcher {
  let workerId = 0;
  return {
    launch(listener) {
      workerId += 1;
      if (!all.some(({ hasSubscribers }) => hasSubscribers)) return launcher.launch(listener);
      return launchTraced({ executor, workerId, pid: undefined, threadId: undefined }, launcher, listener);
    },
    close: () => launcher.close(),
  };
}

function launchTraced(event: WorkerEvent, launcher: Launcher, listener: WorkerListener): WorkerHandle {
  const handle = launcher.launch({
    onMessage(message) {
      if (message.kind === 'ready') channels.ready.publish(event);
      listener.onMessage(message);
    },
    onExit(exit) {
      event.exit = describeExit(exit);
      event.exitCode = exit.exitCode;
      event.signal = exit.signal;
      channels[endOf(exit)].publish(event);
      listener.onExit(exit);
    },
  });
  event.pid = handle.pid;
  event.threadId = handle.threadId;
  channels.starting.publish(event);
  return handle;
}

function endOf({ reason }: ExitReport): 'left' | 'killed' | 'lost' {
  return reason.kind === 'left' || reason.kind === 'killed' ? reason.kind : 'lost';
}
