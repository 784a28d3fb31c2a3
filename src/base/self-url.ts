/**
 * Where this package stands, as a URL of one of its files one folder below its root: also in CommonJS, as it is published and
 * as some bundles are, where there is no `import.meta.url`.
 *
 * Rules: nothing else looks at `import.meta`.
 */

import { pathToFileURL } from 'node:url';

/** The URL of this file, or of the bundle that holds it. */
export const selfUrl: string = (import.meta.url as string | undefined) ?? pathToFileURL(__filename).href;

/** What the names of the package's files end with: in the repository each is one of its own. */
export const selfExtension = selfUrl.endsWith('/self-url.js') ? '.js' : '.cjs';
