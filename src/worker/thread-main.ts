/**
 * The entry point of a worker thread.
 */

import { startWorker } from './start.js';
import { threadSurroundings } from './thread-surroundings.js';

startWorker(threadSurroundings);
