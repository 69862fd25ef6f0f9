/**
 * HTML that is escaped by construction: a tagged template whose parts are text unless they are HTML
 * themselves. Attribute values always stand in double quotes, so one escaping serves both places.
 */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** `null`, `undefined` and `false` are nothing. */
export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = strings[0]!;
  for (let i = 0; i < parts.length; i++) text += textOf(parts[i]) + strings[i + 1]!;
  return new Html(text);
}

/** Own constants (styles, scripts), never anything that was read. */
export function trusted(text: string): Html {
  return new Html(text);
}

function textOf(part: HtmlPart): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  if (part === null || part === undefined || part === false) return '';
  let text = '';
  for (const one of part) text += textOf(one);
  return text;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Control characters, which HTML forbids or readers don't see, are shown by their pictures: ␀ … ␟, ␡. */
function escaped(text: string): string {
  return text.replace(special, (found) => {
    const entity = entities[found];
    if (entity !== undefined) return entity;
    const code = found.charCodeAt(0);
    return code === 0x7f ? '\u2421' : String.fromCharCode(0x2400 + code);
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const special = /[&<>"'`\u0000-\u0008\u000b-\u001f\u007f]/g;
