/**
 * The entry point of a worker process.
 */

import { makeStderrPatient } from './patient-stderr.js';
import { processSurroundings } from './process-surroundings.js';
import { startWorker } from './start.js';

makeStderrPatient();
startWorker(processSurroundings);
