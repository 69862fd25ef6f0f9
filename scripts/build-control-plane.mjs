// Kubernetes' control plane as one binary, built once with Go and kept below .cache/control-plane: some ten
// minutes of two cores the first time. Prints the binary's path when run by itself.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './build-once.mjs';

const source = fileURLToPath(new URL('../test/kubernetes/control-plane', import.meta.url));
const cache = fileURLToPath(new URL('../.cache/control-plane', import.meta.url));

/** Path of the binary; what differs in its source has a path of its own. */
export async function builtControlPlane() {
  const folder = join(cache, sourceHash());
  const binary = join(folder, 'control-plane');
  await buildOnce(cache, binary, () => build(folder));
  return binary;
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}

/** What `kubectl version` shows, and what clients decide by. */
function versionFlags() {
  const [, version, minor] = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(
    readFileSync(join(source, 'go.mod'), 'utf8'),
  );
  const values = { gitVersion: version, gitMajor: 1, gitMinor: minor, gitTreeState: 'clean' };
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
}

async function build(folder) {
  process.stderr.write('Building Kubernetes’ control plane with Go, once (some ten minutes) …\n');
  const staging = `${folder}.${process.pid}`;
  const goCache = join(staging, 'go-cache');
  mkdirSync(goCache, { recursive: true });
  try {
    await go(
      [
        'build',
        '-mod=readonly',
        '-trimpath',
        '-buildvcs=false',
        '-o',
        join(staging, 'control-plane'),
      ],
      goCache,
    );
    // 2.8 GB that no later build would use.
    rmSync(goCache, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(staging, folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function go(args, goCache) {
  const child = spawn('go', [...args, '-ldflags', ['-s -w', ...versionFlags()].join(' '), '.'], {
    cwd: source,
    env: { ...process.env, GOCACHE: goCache, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = `${said}${text}`.slice(-4000);
  });
  const why = await new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code) =>
      resolve(code === 0 ? null : said.replace(/^go: downloading .*\n/gm, '').trim()),
    );
  });
  if (why !== null)
    throw new Error(
      `no Kubernetes control plane, and Go could not build one: ${why}\nInstall Go 1.24 or newer.`,
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await builtControlPlane()}\n`);
}
