/**
 * `tardigrade/worker`: what a task can know of itself.
 */

export { carriedContext, contextStorage } from './worker/carried-context.js';
export { type CurrentTask, currentTask } from './worker/current-task.js';
