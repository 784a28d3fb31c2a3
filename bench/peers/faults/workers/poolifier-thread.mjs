// The tasks for poolifier's threads.

import { ThreadWorker } from 'poolifier';
import * as tasks from '../tasks.mjs';

if (process.env.FAULTS_MODULE === 'broken') await import('./broken.mjs');
export default new ThreadWorker({ ...tasks });
