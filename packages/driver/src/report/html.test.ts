import { expect, test } from 'vitest';
import { html, trusted } from './html.js';

test('parts are text, in content and in attributes', () => {
  const hostile = `"><script>alert('x')</script>&\``;
  expect(html`<p title="${hostile}">${hostile}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#96;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#96;</p>',
  );
});

test('HTML stays HTML, lists are put together, and nothing is nothing', () => {
  const items = ['<a>', 'b'].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${items}</ul>${null}${undefined}${false}${0}${trusted('<hr>')}`.text).toBe(
    '<ul><li>&lt;a&gt;</li><li>b</li></ul>0<hr>',
  );
});

test('control characters are shown by their pictures; lines and tabs stay', () => {
  expect(html`${'a\u0000b\u001bc\u007fd\r\n\te'}`.text).toBe('a␀b␛c␡d␍\n\te');
});
