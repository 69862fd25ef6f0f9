import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { stepsOf, walk } from './walk.js';

const page = `# Page
## 1. First
Save as \`words.txt\`:

\`\`\`csv
one $HOME
\`\`\`

\`\`\`sh
cd /
cat "$OLDPWD/words.txt"
\`\`\`

\`\`\`
one … HOME
\`\`\`
## 2. Second
\`\`\`sh
pwd
\`\`\`
\`\`\`ts
not shell
\`\`\`
`;

test('files are saved as they stand, one shell runs all, and chapters can be left out', async () => {
  const steps = stepsOf(page, null);
  expect(steps.map(({ line, says }) => [line, says])).toEqual([
    [6, []],
    [10, ['one … HOME']],
    [19, []],
  ]);
  expect(await walk(steps, tmpdir(), process.env)).toBeNull();
  expect(stepsOf(page, [2]).map(({ script }) => script)).toEqual(['pwd']);
});

test('what is not said, and what fails, is told', async () => {
  const said = stepsOf('```sh\necho yes\n```\n```\nno\n```', null);
  expect(await walk(said, tmpdir(), process.env)).toMatch(/^line 2 does not say\nno\nbut\nyes/);
  const failing = stepsOf('```sh\necho before; false\n```\n```sh\necho after\n```', null);
  expect(await walk(failing, tmpdir(), process.env)).toMatch(/^line 2 ends with 1:[\s\S]*before/);
});
