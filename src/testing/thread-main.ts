/**
 * The entry point of a worker thread that fails when it is told to: a usual worker, with an agent before its link.
 */

import { startWorker } from '../worker/start.js';
import { closeLink, threadSurroundings } from '../worker/thread-surroundings.js';
import { addFaultAgent } from './add-fault-agent.js';

startWorker(addFaultAgent(threadSurroundings, closeLink));
