import { describe, expect, test } from 'vitest';
import { askedOf, linkToFeature, renderForm, rowRequestOf } from './explain-form.js';

const asked = (query: string) => askedOf(new URLSearchParams(query));

describe('a question', () => {
  test('of an address', () => {
    expect(rowRequestOf(asked('ds=2023-11-30&where=a%20%3D%201&row=2&column=x,%20y+z'))).toEqual({
      partition: '2023-11-30',
      where: 'a = 1',
      row: 2,
      columns: ['x', 'y', 'z'],
      limit: 200,
    });
  });

  test('of nothing is none', () => {
    expect(rowRequestOf(asked('run=20231201T020000000-1f3a9c'))).toBeNull();
  });

  test.each([
    ['where=a', /partition is not given/],
    ['ds=2023-11-30', /no condition/],
    ['ds=2023-11-30&where=a&row=0', /0 is no whole number/],
    ['ds=2023-11-30&where=a&row=1e3', /1e3 is no whole number/],
  ])('%s is half a question', (query, says) => {
    expect(() => rowRequestOf(asked(query))).toThrow(says);
  });
});

test('a feature has a page of its own for the same question', () => {
  const link = linkToFeature(asked('run=r&ds=d&where=a+%3D+%27%26%27&column=x'), 'f&g');
  const again = askedOf(new URL(link, 'http://127.0.0.1').searchParams);
  expect(again).toEqual({ run: 'r', ds: 'd', where: "a = '&'", row: '', column: 'f&g' });
});

test('a form keeps what was asked, as text, and begins with the newest partition', () => {
  const joins = [
    { runId: 'r1', name: 'a.v1', config: 'a.ts', lastPartition: '2023-11-30' },
    { runId: 'r2', name: 'b.v1', config: '"><b>.ts', lastPartition: '2023-11-29' },
  ];
  const form = renderForm(joins, asked('run=r2&where=%22%3E%3Cscript%3E')).text;
  expect(form).toMatch('<option value="r2" selected>b.v1 (&quot;&gt;&lt;b&gt;.ts)</option>');
  expect(form).toMatch('value="&quot;&gt;&lt;script&gt;"');
  expect(form).toMatch('value="2023-11-29"');
  expect(renderForm(joins, asked('run=gone')).text).toMatch('<option value="r1" selected>');
});
