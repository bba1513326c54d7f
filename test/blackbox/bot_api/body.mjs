// The body of a request to the Bot API: JSON, urlencoded or multipart/form-data, and what its parameters are when the types are known.
import { violation } from './errors.mjs';
import { UploadedFile } from './schema.mjs';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes, what) {
  try {
    return utf8.decode(bytes);
  } catch {
    throw violation(`strings must be encoded in UTF-8: ${what}`);
  }
}

function parameters(header) {
  const found = {};
  for (const [, name, quoted, token] of header.matchAll(/;\s*([\w-]+\*?)=(?:"((?:\\.|[^"\\])*)"|([^;\s]+))/g)) {
    found[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? token;
  }
  return found;
}

/** The parts of a multipart body: [{name, filename, type, bytes}]. */
export function multipartParts(bytes, contentType) {
  const { boundary } = parameters(contentType);
  if (!boundary) throw violation('multipart/form-data without a boundary');
  const line = Buffer.from(`--${boundary}`);
  const parts = [];
  let at = bytes.indexOf(line);
  if (at !== 0) throw violation('the multipart body does not start with its boundary');
  for (;;) {
    at += line.length;
    if (bytes.subarray(at, at + 2).equals(Buffer.from('--'))) return parts;
    if (!bytes.subarray(at, at + 2).equals(Buffer.from('\r\n'))) throw violation('a multipart boundary is not a line of its own');
    const head = bytes.indexOf('\r\n\r\n', at);
    const end = bytes.indexOf(Buffer.concat([Buffer.from('\r\n'), line]), head);
    if (head < 0 || end < 0) throw violation('a multipart part does not end');
    const headers = text(bytes.subarray(at + 2, head), 'part header').split('\r\n');
    const value = (name) => headers.find((h) => h.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim();
    const disposition = value('content-disposition') ?? '';
    const { name, filename } = parameters(disposition);
    if (!/^form-data\b/i.test(disposition) || name === undefined) throw violation('a multipart part without a name');
    parts.push({ name, filename, type: value('content-type'), bytes: bytes.subarray(head + 4, end) });
    at = end + 2;
  }
}

/** {fields: {NAME: value}, files: {NAME: UploadedFile}, json: whether the fields hold JSON values and not text} */
export function parseBody(bytes, contentType = '', query = '') {
  const fields = {};
  const files = {};
  const put = (target, name, value) => {
    if (Object.hasOwn(fields, name) || Object.hasOwn(files, name)) throw violation(`parameter "${name}" comes twice`);
    target[name] = value;
  };
  for (const [name, value] of new URLSearchParams(query)) put(fields, name, value);
  if (bytes.length === 0) return { fields, files, json: false };
  const type = contentType.split(';')[0].trim().toLowerCase();
  if (type === 'application/json') {
    let value;
    try {
      value = JSON.parse(text(bytes, 'JSON'));
    } catch (error) {
      throw error.violation ? error : violation('the body is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw violation('the body is not a JSON object');
    if (query) throw violation('parameters both in the address and as JSON');
    return { fields: value, files, json: true };
  }
  if (type === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new URLSearchParams(text(bytes, 'form'))) put(fields, name, value);
  } else if (type === 'multipart/form-data') {
    for (const part of multipartParts(bytes, contentType)) {
      if (part.filename === undefined) put(fields, part.name, text(part.bytes, part.name));
      else put(files, part.name, new UploadedFile(part.name, part.filename, part.type, Buffer.from(part.bytes)));
    }
  } else {
    throw violation(`content type ${type || '(none)'} is not one of JSON, urlencoded, multipart/form-data`);
  }
  return { fields, files, json: false };
}

// What kinds of value a type admits.
function kinds(schema, node, found = new Set()) {
  if (typeof node === 'string') found.add(node);
  else if ('lit' in node) found.add(typeof node.lit);
  else if (node.enum) node.enum.forEach((v) => found.add(typeof v));
  else if (node.array) found.add('json');
  else if (schema.defs[node.ref].union) schema.defs[node.ref].union.forEach((n) => kinds(schema, n, found));
  else found.add('json');
  return found;
}

function typed(schema, type, value, name) {
  const admits = kinds(schema, type);
  if (admits.has('number') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (admits.has('boolean') && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (admits.has('string') || !admits.has('json')) return value; // what is wrong with it, the validator says
  try {
    return JSON.parse(value);
  } catch {
    throw violation(`can't parse ${name} JSON object`);
  }
}

/** The parameters of a call as values of their types. Uploaded files stand where "attach://NAME" names them or under their own name. */
export function typedParams(schema, props, { fields, files, json }) {
  const params = {};
  const unused = new Set(Object.keys(files));
  for (const [name, value] of Object.entries(fields)) {
    params[name] = json || !props[name] ? value : typed(schema, props[name].type, value, name);
  }
  const attach = (value) => {
    if (typeof value === 'string' && value.startsWith('attach://')) {
      const name = value.slice('attach://'.length);
      if (!files[name]) throw violation(`no file is attached as "${name}"`);
      unused.delete(name);
      return files[name];
    }
    if (Array.isArray(value)) return value.map(attach);
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, attach(v)]));
    return value;
  };
  if (unused.size > 0 || JSON.stringify(fields).includes('attach://')) {
    for (const [name, value] of Object.entries(params)) params[name] = attach(value);
  }
  for (const name of unused) {
    if (Object.hasOwn(params, name)) throw violation(`parameter "${name}" comes twice`);
    params[name] = files[name];
  }
  return params;
}
