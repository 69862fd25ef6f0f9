/** This program's name and version, as logs and tables carry it. */
import { createRequire } from 'node:module';

export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
export const engine = `hindcast/${version}`;
