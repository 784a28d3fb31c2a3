/**
 * Draws transition tables as Mermaid diagrams, in the places of a page that ask for one:
 *
 *   <!-- states: TASK_TRANSITIONS -->
 *
 * Guarantees: drawing twice changes nothing, so a page that is current equals itself drawn anew.
 */

const PLACE = /(<!-- states: (\w+) -->\n)(?:\n```mermaid\n[\s\S]*?```\n)?/g;

/** One table as a diagram; its first state is where a life begins, and states without a step are where it ends. */
export function drawStates(table) {
  const id = (state) => state.replaceAll('-', '_');
  const states = Object.keys(table);
  const steps = states.flatMap((state) => {
    const leads = Object.entries(table[state]);
    if (leads.length === 0) return [`  ${id(state)} --> [*]`];
    return leads.map(([step, next]) => `  ${id(state)} --> ${id(next)}: ${step}`);
  });
  return ['stateDiagram-v2', `  [*] --> ${id(states[0])}`, ...steps].join('\n');
}

/** The page with a diagram in each place that asks for one. */
export function drawDiagrams(page, tables) {
  return page.replace(PLACE, (_, mark, name) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`no transition table is called ${name}`);
    return `${mark}\n\`\`\`mermaid\n${drawStates(table)}\n\`\`\`\n`;
  });
}
