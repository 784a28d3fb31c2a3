/**
 * Submits a few tasks within a span, good and bad ones.
 */

import { trace } from '@opentelemetry/api';
import { ProcessPoolExecutor } from 'tardigrade';
import { startTracing } from './start-tracing.mjs';
import { crash, crashOnce, divide, resize, square } from './tasks.mjs';
import { traceHeaders, traceTasks } from './trace-tasks.mjs';

startTracing('program');
traceTasks();

const pool = new ProcessPoolExecutor({
  maxWorkers: 1,
  name: 'images',
  initializer: startTracing,
  initializerArgs: ['worker'],
  context: { trace: traceHeaders },
});

await trace.getTracer('program').startActiveSpan('request', async (span) => {
  await pool.submit(resize, 'cat.png');
  await pool.map(square, [1, 2, 3], { chunkSize: 3 }).toArray();
  await pool.submit(divide).exception();
  await pool.withOptions({ retries: 1, name: 'try again' }).submit(crashOnce);
  await pool.submit(crash).exception();
  span.end();
});
await pool.shutdown();
