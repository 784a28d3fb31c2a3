// What `npm run bench` was asked for; questions run alone take the defaults.

/** Fewer and shorter rounds: shows that everything works, not how fast it is. */
export const isQuick = process.env.BENCH_QUICK === '1';

/** One of two figures, as `--quick` says. */
export const pick = (usual, quick) => (isQuick ? quick : usual);

/** The folder that results are stored in, if they are. */
export const resultsFolder = process.env.BENCH_RESULTS;
