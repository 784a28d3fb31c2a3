/**
 * What reads the code of functions that travel by their text or by value: one piece, which is loaded when the first of them is
 * met.
 *
 * Rules: no logic.
 */

export { planClosure } from './closure-plan.js';
export { readState } from './closure-state.js';
export { isInterchangeable } from './interchangeable.js';
export { describeByText, isAsItsText } from './own-text.js';
export { analyzeScript } from './scope-analysis.js';
export { traceName } from './text-site.js';
