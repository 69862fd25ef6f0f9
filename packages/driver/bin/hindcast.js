#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node
// Committed, unlike dist: npm links a command only if its file is there when it installs. Few arenas:
// DuckDB runs on several threads of each executor, and glibc keeps what was freed for each of them.
import '../dist/cli.js';
