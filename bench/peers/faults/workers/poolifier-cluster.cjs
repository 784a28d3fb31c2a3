// The tasks for poolifier's processes. As an ES module its worker does not hear what is sent to it while it loads.

const { ClusterWorker } = require('poolifier');
const tasks = require('../tasks.mjs');

if (process.env.FAULTS_MODULE === 'broken') require('./broken.mjs');
module.exports = new ClusterWorker({ ...tasks });
