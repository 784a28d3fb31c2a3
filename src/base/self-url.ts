/**
 * Where this package stands, as a URL of one of its files one folder below its root: also inside a bundle that was made into
 * CommonJS, where there is no `import.meta.url`.
 *
 * Rules: nothing else looks at `import.meta`.
 */

import { pathToFileURL } from 'node:url';

/** The URL of this file, or of the bundle that holds it. */
export const selfUrl: string = (import.meta.url as string | undefined) ?? pathToFileURL(__filename).href;
