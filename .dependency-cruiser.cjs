/** The directions that ARCHITECTURE.md promises: shared ← executor, shared ← driver; one room per foreign library. */
const only = (library, rooms) => ({
  name: `only-${rooms.join('-or-').replaceAll('/', '-')}-imports-${library}`,
  severity: 'error',
  from: { path: '^packages/[^/]+/src', pathNot: [...rooms.map((room) => `^packages/${room}`), '[.]test[.]ts$'] },
  to: { path: `node_modules/${library}` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'shared-stands-alone', severity: 'error', from: { path: '^packages/shared' }, to: { path: '^packages/(executor|driver)' } },
    { name: 'executor-knows-shared-only', severity: 'error', from: { path: '^packages/executor' }, to: { path: '^packages/driver' } },
    { name: 'driver-never-imports-executor', severity: 'error', from: { path: '^packages/driver' }, to: { path: '^packages/executor' } },
    only('@duckdb', ['executor/src/scan/duckdb']),
    only('@polyglot-sql', ['executor/src/scan/dialect']),
    only('piscina', ['driver/src/launch/threads', 'executor/src/worker']),
    only('yargs', ['driver/src/cli']),
    only('cli-progress', ['driver/src/progress']),
    only('jiti', ['shared/src/config/load']),
    only('zod', ['shared/src/config']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
