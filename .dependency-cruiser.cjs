/**
 * The directions that ARCHITECTURE.md promises: shared ← executor, shared ← driver; one room per
 * foreign library. It walks the compiled JavaScript, which is what runs.
 */
const room = (library, ...rooms) => ({
  name: `${library}-has-its-room`,
  severity: 'error',
  from: {
    path: '^packages/[^/]+/dist',
    pathNot: [...rooms.map((path) => `^packages/${path}`), '[.]test[.]js$'],
  },
  to: { path: `node_modules/${library}/` },
});

const never = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: `^packages/${from}/` },
  to: { path: `^packages/${to}/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    never('shared-stands-alone', 'shared', '(executor|driver)'),
    never('executor-knows-shared-only', 'executor', 'driver'),
    never('driver-never-imports-executor', 'driver', 'executor'),
    room('@duckdb', 'executor/dist/scan/duckdb'),
    room('@aws-sdk', 'shared/dist/store/s3'),
    room('hyparquet', 'executor/dist/stage/parquet-ranges'),
    room('@polyglot-sql', 'executor/dist/scan/dialect'),
    room('piscina', 'driver/dist/launch/threads'),
    room('@kubernetes', 'driver/dist/launch/cluster'),
    room('commander', 'driver/dist/(parse-command-line|usage-error)'),
    room('croner', 'driver/dist/export/cron'),
    room('js-yaml', 'driver/dist/export/kubernetes'),
    room('cli-progress', 'driver/dist/progress'),
    room('d3-[^/]+', 'driver/dist/(report|ui)/draw-'),
    room('prom-client', 'driver/dist/observe/metrics'),
    room('jiti', 'shared/dist/config/load'),
    room('valibot', 'shared/dist/config'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
