/**
 * What looks into functions to find out how they travel: one piece, which is loaded when the first of them is met.
 *
 * Rules: no logic.
 */

export { describeFunction, findNamespace, locateFunction, readFunctionState } from './describe.js';
export { createLoadedModules } from './loaded-modules.js';
