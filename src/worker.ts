/**
 * `tardigrade/worker`: what a task can know of itself.
 */

export { type CurrentTask, currentTask } from './worker/current-task.js';
