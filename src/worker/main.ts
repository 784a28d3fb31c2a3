/**
 * The entry point of a worker process.
 */

import { processSurroundings } from './process-surroundings.js';
import { startWorker } from './start.js';

startWorker(processSurroundings);
