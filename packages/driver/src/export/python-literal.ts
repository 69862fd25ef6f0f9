/** Data as Python's own literals, in lines of their own where that reads better. */
type Data = string | number | null | readonly Data[] | { readonly [name: string]: Data };

export function pythonText(text: string): string {
  // JSON's escapes are among Python's. What is not ASCII is escaped, too: no editor shows it otherwise.
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function pythonLiteral(data: Data, indent = ''): string {
  if (data === null) return 'None';
  if (typeof data === 'number') return String(data);
  if (typeof data === 'string') return pythonText(data);
  const inner = `${indent}    `;
  const [open, close, items] = Array.isArray(data)
    ? ['[', ']', data.map((item: Data) => pythonLiteral(item, inner))]
    : [
        '{',
        '}',
        Object.entries(data).map(
          ([name, item]) => `${pythonText(name)}: ${pythonLiteral(item as Data, inner)}`,
        ),
      ];
  if (items.length === 0) return `${open}${close}`;
  const flat = `${open}${items.join(', ')}${close}`;
  if (flat.length <= 80 && !flat.includes('\n')) return flat;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${indent}${close}`;
}
