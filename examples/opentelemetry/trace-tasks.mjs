/**
 * A span for each task, made from what the pools of this program say on `diagnostics_channel`.
 *
 * Guarantees: one span a task (a chunk of a `map` is one), from `submit` to the settled future; its parent is the span that was
 * active at the submit.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';

/** Holds the headers of the task's span (`traceparent`). Name it in the option `context` of a pool, and tasks have them. */
export const traceHeaders = new AsyncLocalStorage();

/** Begins. */
export function traceTasks() {
  const tracer = trace.getTracer('tardigrade');
  const spans = new WeakMap();
  const tasks = tracingChannel('tardigrade:task');

  // Bound rather than subscribed, so that the store is there when the pool reads it, inside the submit.
  tasks.start.bindStore(traceHeaders, (task) => {
    const { executor, name, items } = task;
    const attributes = { 'tardigrade.executor': executor.name ?? executor.kind };
    if (items !== undefined) attributes['tardigrade.items'] = items;
    const span = tracer.startSpan(name, { attributes });
    spans.set(task, span);
    const headers = {};
    propagation.inject(trace.setSpan(context.active(), span), headers);
    return headers;
  });

  const onStarted = (task) => {
    spans.get(task)?.addEvent('started', { 'tardigrade.worker': task.workerId, 'tardigrade.attempt': task.attempt });
  };
  const onRequeued = (task) => spans.get(task)?.addEvent('requeued');
  channel('tardigrade:task:started').subscribe(onStarted);
  channel('tardigrade:task:requeued').subscribe(onRequeued);
  tasks.subscribe({
    error(task) {
      const span = spans.get(task);
      span?.recordException(task.error);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: String(task.error) });
    },
    asyncEnd(task) {
      const { id, attempt, outcome, workerId } = task;
      const span = spans.get(task);
      span?.setAttributes({ 'tardigrade.task': id, 'tardigrade.attempt': attempt, 'tardigrade.outcome': outcome });
      if (workerId !== undefined) span?.setAttribute('tardigrade.worker', workerId);
      span?.end();
    },
  });
}
