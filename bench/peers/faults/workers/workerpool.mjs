// The tasks for workerpool, which wants them registered.

import workerpool from 'workerpool';
import * as tasks from '../tasks.mjs';

if (process.env.FAULTS_MODULE === 'broken') await import('./broken.mjs');
workerpool.worker({ ...tasks });
