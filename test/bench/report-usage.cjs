/**
 * Preloaded into a measured Node.js process: on exit it writes its CPU time and peak memory to file
 * descriptor 3, which a worker thread of it leaves alone.
 */
const { writeSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 };
    writeSync(3, JSON.stringify(usage));
  });
}
