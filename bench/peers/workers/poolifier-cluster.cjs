// The tasks for poolifier's processes. As an ES module its worker does not hear what is sent to it while it loads.

const { ClusterWorker } = require('poolifier');
const tasks = require('../tasks.mjs');

module.exports = new ClusterWorker({ ...tasks });
