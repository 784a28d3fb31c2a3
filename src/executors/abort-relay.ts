/**
 * Tells tasks that their `signal` has fired. One listener for each signal, however many tasks share it.
 *
 * Guarantees: no listener is left on a signal that no unsettled task has.
 */

interface Watch {
  readonly tasks: Set<AbortableTask>;
  readonly onAbort: () => void;
}

/** Somebody to tell. */
export interface AbortableTask {
  abort(reason: unknown): void;
}

/** See the file's header. */
export class AbortRelay {
  readonly #watches = new WeakMap<AbortSignal, Watch>();

  /** Calls `task.abort` when the signal fires, until `forget`. */
  watch(signal: AbortSignal, task: AbortableTask): void {
    let watch = this.#watches.get(signal);
    if (watch === undefined) {
      const tasks = new Set<AbortableTask>();
      const onAbort = (): void => {
        this.#watches.delete(signal);
        for (const each of [...tasks]) each.abort(signal.reason);
      };
      watch = { tasks, onAbort };
      this.#watches.set(signal, watch);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    watch.tasks.add(task);
  }

  /** The task is settled. */
  forget(signal: AbortSignal, task: AbortableTask): void {
    const watch = this.#watches.get(signal);
    if (watch === undefined) return;
    watch.tasks.delete(task);
    if (watch.tasks.size > 0) return;
    this.#watches.delete(signal);
    signal.removeEventListener('abort', watch.onAbort);
  }
}

/** A signal that fires when either does. */
export function joinSignals(own: AbortSignal | undefined, ofRun: AbortSignal): AbortSignal {
  return own === undefined ? ofRun : AbortSignal.any([own, ofRun]);
}
