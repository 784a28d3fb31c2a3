/**
 * The entry point of a worker process that fails when it is told to: a usual worker, with an agent before its link.
 */

import { closeSync } from 'node:fs';
import { makeStderrPatient } from '../worker/patient-stderr.js';
import { processSurroundings } from '../worker/process-surroundings.js';
import { startWorker } from '../worker/start.js';
import { addFaultAgent } from './add-fault-agent.js';

const TO_HOST = 4;

makeStderrPatient();
startWorker(addFaultAgent(processSurroundings, () => closeSync(TO_HOST)));
