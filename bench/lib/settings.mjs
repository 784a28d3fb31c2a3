// What `npm run bench` was asked for; questions run alone take the defaults.

/** Fewer and shorter rounds: shows that everything works, not how fast it is. */
export const isQuick = process.env.BENCH_QUICK === '1';

/** One of two figures, as `--quick` says. */
export const pick = (usual, quick) => (isQuick ? quick : usual);

/** The folder that results are stored in, if they are. */
export const resultsFolder = process.env.BENCH_RESULTS;

/** How long a question should take in all, when it has to share the time with others; its parts share it. */
export const questionMs = Number(process.env.BENCH_SECONDS ?? Number.POSITIVE_INFINITY) * 1000;
