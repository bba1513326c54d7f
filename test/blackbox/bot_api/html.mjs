// parse_mode=HTML as the Bot API documents it, and stricter than the real server where that forgives: `&` and `>` must be escaped,
// attributes quoted, an <a> has a href. Offsets and lengths count UTF-16 units, as in JavaScript's own strings.
import { violation } from './errors.mjs';

const NAMED = { lt: '<', gt: '>', amp: '&', quot: '"' };
const TAGS = {
  b: 'bold', strong: 'bold', i: 'italic', em: 'italic', u: 'underline', ins: 'underline', s: 'strikethrough', strike: 'strikethrough',
  del: 'strikethrough', 'tg-spoiler': 'spoiler', span: 'spoiler', code: 'code', pre: 'pre', a: 'text_link', blockquote: 'blockquote',
  'tg-emoji': 'custom_emoji', 'tg-time': 'date_time',
};

class Parser {
  constructor(source) {
    this.source = source;
    this.at = 0;
    this.text = '';
    this.open = [];
    this.entities = [];
  }

  fail(what, at = this.at) {
    throw violation(`can't parse entities: ${what} at byte offset ${Buffer.byteLength(this.source.slice(0, at))}`);
  }

  run() {
    while (this.at < this.source.length) {
      const c = this.source[this.at];
      if (c === '<') this.tag();
      else if (c === '&') this.text += this.reference();
      else if (c === '>') this.fail('Unescaped ">"');
      else {
        this.text += c;
        this.at++;
      }
    }
    const last = this.open.at(-1);
    if (last) throw violation(`can't parse entities: Can't find end tag corresponding to start tag "${last.tag}"`);
    return trimmed(this.text, this.entities);
  }

  reference() {
    const m = /^&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot));/i.exec(this.source.slice(this.at, this.at + 12));
    if (!m) this.fail('Unescaped "&"');
    const code = m[1] ? Number(m[1]) : parseInt(m[2], 16);
    if (!m[3] && (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))) this.fail('Invalid character reference');
    this.at += m[0].length;
    return m[3] ? NAMED[m[3].toLowerCase()] : String.fromCodePoint(code);
  }

  tag() {
    const end = /^<\/([a-z0-9-]*)\s*>/i.exec(this.source.slice(this.at));
    if (end) return this.endTag(end);
    const start = /^<([a-z0-9-]+)((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))?)*)\s*>/i.exec(this.source.slice(this.at));
    if (!start) {
      const name = /^<\/?([a-z0-9-]*)/i.exec(this.source.slice(this.at))[1];
      return this.fail(name ? `Malformed tag "${name}"` : 'Unescaped "<" or empty tag name');
    }
    const tag = start[1].toLowerCase();
    if (!Object.hasOwn(TAGS, tag)) this.fail(`Unsupported start tag "${tag}"`);
    const entity = this.entity(tag, this.attributes(start[2]));
    this.open.push({ tag, entity, offset: this.text.length });
    this.at += start[0].length;
    return undefined;
  }

  attributes(source) {
    const found = {};
    for (const [, name, , twice, once] of source.matchAll(/([a-z-]+)(\s*=\s*(?:"([^"]*)"|'([^']*)'))?/gi)) {
      const inner = new Parser((twice ?? once ?? '').replaceAll('>', '&gt;'));
      inner.fail = this.fail.bind(this);
      let value = '';
      while (inner.at < inner.source.length) value += inner.source[inner.at] === '&' ? inner.reference() : inner.source[inner.at++];
      found[name.toLowerCase()] = value;
    }
    return found;
  }

  entity(tag, given) {
    const allow = (...names) => {
      const odd = Object.keys(given).find((name) => !names.includes(name));
      if (odd) this.fail(`Tag "${tag}" has no attribute "${odd}"`);
    };
    const need = (name) => given[name] || this.fail(`Tag "${tag}" must have attribute "${name}"`);
    if (tag === 'span') {
      allow('class');
      if (given.class !== 'tg-spoiler') this.fail('Tag "span" must have class "tg-spoiler"');
    } else if (tag === 'a') {
      allow('href');
      return { type: TAGS.a, url: need('href') };
    } else if (tag === 'tg-emoji') {
      allow('emoji-id');
      return { type: TAGS[tag], custom_emoji_id: need('emoji-id') };
    } else if (tag === 'tg-time') {
      allow('unix', 'format');
      return { type: TAGS[tag], unix_time: Number(need('unix')), ...(given.format ? { date_time_format: given.format } : {}) };
    } else if (tag === 'code') {
      allow('class');
      const language = /^language-(.+)$/.exec(given.class ?? '');
      if (given.class !== undefined && !language) this.fail('Tag "code" takes only a class "language-…"');
      return { type: TAGS.code, ...(language ? { language: language[1] } : {}) };
    } else if (tag === 'blockquote') {
      allow('expandable');
      return { type: 'expandable' in given ? 'expandable_blockquote' : TAGS.blockquote };
    } else {
      allow();
    }
    return { type: TAGS[tag] };
  }

  endTag([whole, name]) {
    const last = this.open.pop();
    if (!last) this.fail('Unexpected end tag');
    if (name !== '' && name.toLowerCase() !== last.tag) this.fail(`Unmatched end tag, expected "</${last.tag}>", found "${whole}"`);
    this.at += whole.length;
    const length = this.text.length - last.offset;
    const { language, ...entity } = last.entity;
    const around = this.open.at(-1);
    if (length === 0) return;
    if (entity.type === 'code' && around?.tag === 'pre' && around.offset === last.offset && language) {
      around.entity.language = language;
      return;
    }
    this.entities.push({ ...(entity.type === 'pre' ? last.entity : entity), offset: last.offset, length });
  }
}

/** White space at both ends does not reach the chat; entities move along. */
function trimmed(text, entities) {
  const start = text.length - text.trimStart().length;
  const result = text.trim();
  const kept = [];
  for (const { offset, length, ...rest } of entities) {
    const from = Math.max(offset - start, 0);
    const to = Math.min(offset + length - start, result.length);
    if (to > from) kept.push({ ...rest, offset: from, length: to - from });
  }
  kept.sort((a, b) => a.offset - b.offset || b.length - a.length);
  return { text: result, entities: kept };
}

export function parseHtml(source) {
  return new Parser(source).run();
}

/** The text that arrives for a text parameter with its parse_mode or entities: {text, entities}. Throws when it cannot be parsed. */
export function formatted(source, parseMode, entities = []) {
  if (parseMode !== undefined && entities.length > 0) throw violation('parse_mode and entities exclude each other');
  if (parseMode === 'HTML') return parseHtml(source);
  if (parseMode !== undefined) throw violation(`the fake parses HTML only, not ${parseMode}`);
  for (const { offset, length } of entities) {
    if (offset < 0 || length <= 0 || offset + length > source.length) throw violation(`entity [${offset}, ${length}] lies outside the text`);
  }
  return trimmed(source, entities);
}
