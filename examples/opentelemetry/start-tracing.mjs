/**
 * Sets OpenTelemetry up, in the program and in its workers.
 */

import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { carriedContext } from 'tardigrade/worker';

/** In a task, what is active where nothing else is: the span that the program has made for the task. */
class TaskContextManager extends AsyncLocalStorageContextManager {
  active() {
    const own = super.active();
    const headers = own === ROOT_CONTEXT ? carriedContext('trace') : undefined;
    return headers === undefined ? own : propagation.extract(ROOT_CONTEXT, headers);
  }
}

/** In the place of a real exporter. */
const printSpans = {
  export(spans, onDone) {
    for (const span of spans) {
      const { name, attributes, parentSpanContext, status } = span;
      const { traceId, spanId } = span.spanContext();
      const events = span.events.map((event) => ({ name: event.name, ...event.attributes }));
      const line = { where, name, traceId, spanId, parent: parentSpanContext?.spanId, status, attributes, events };
      console.log(`SPAN ${JSON.stringify(line)}`);
    }
    onDone({ code: 0 });
  },
  shutdown: async () => {},
};

let where = '';

/** Called by the program, and in each worker as its `initializer`. */
export function startTracing(place) {
  where = place;
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(printSpans)] });
  provider.register({ contextManager: new TaskContextManager().enable() });
}
