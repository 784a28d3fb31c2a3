import { trace } from '@opentelemetry/api';
import { currentTask } from 'tardigrade/worker';

const tracer = trace.getTracer('tasks');

/** A span of the worker's own, after an `await`. */
export async function resize(file) {
  await null;
  return tracer.startActiveSpan('decode', (span) => {
    span.end();
    return `${file}, small`;
  });
}

export function square(n) {
  return n * n;
}

export function divide() {
  throw new RangeError('division by zero');
}

/** Takes its worker along, once. */
export function crashOnce() {
  if (currentTask().attempt === 1) process.exit(3);
  return tracer.startActiveSpan('second attempt', (span) => span.end());
}

export function crash() {
  process.exit(4);
}
