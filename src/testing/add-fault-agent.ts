/**
 * A real worker with a fault agent before its link.
 *
 * Rules: knows neither process nor thread; loaded in workers only.
 */

import type { WorkerSurroundings } from '../worker/start.js';
import { FaultAgent } from './fault-agent.js';
import { strike } from './strike.js';

const { setImmediate } = globalThis;

/** A worker with an agent before its link. `closeLink` closes what the worker says things on. */
export function addFaultAgent(surroundings: WorkerSurroundings, closeLink: () => void): WorkerSurroundings {
  return {
    ...surroundings,
    openLink(listener) {
      const agent = new FaultAgent({
        listener,
        strike: (order) => strike(order, closeLink),
        later: (callback) => void setImmediate(callback),
      });
      return agent.wrap(surroundings.openLink(agent.listener));
    },
  };
}
