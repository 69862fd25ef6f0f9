/** The package's face: the configuration DSL. */
export * from '@hindcast/shared/dsl/index';
