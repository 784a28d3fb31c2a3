// What stands in the way of a goal that is not reached: what the limit is, by profile, and what was tried. It is told below the
// table of goals, by the goal's text, as long as the goal is missed; a goal that is reached keeps its words for later.

export const LIMITS = {};
