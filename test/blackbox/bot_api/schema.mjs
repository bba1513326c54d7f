// The published types of the Bot API (npm: @gramio/types) as a validator. The declarations are read with TypeScript's compiler;
// that takes seconds, so what comes out is kept in the temporary folder, named by the versions it was made from.
//
// derived schema: {version, methods: {NAME: {params: node | null, result: node}}, defs: [object or union, …]}
//   node: 'string' 'number' 'boolean' 'file' · {lit} · {enum: [literals]} · {array: node} · {ref: index in defs}
//   def:  {name, props: {NAME: {type: node, optional?, limit?}}} · {union: [node]}
//   limit: {min, max, unit: 'characters' | 'bytes' | 'value', parsed?}; parsed: it counts what is left after entities parsing
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const here = fileURLToPath(import.meta.url);
const FLOATS = /latitude|longitude|accuracy|percentage|shift|scale|angle|radius|ratio|start_timestamp/;

function typesFolder() {
  const found = path.resolve(path.dirname(here), '../../node_modules/@gramio/types');
  if (!existsSync(found)) throw new Error('test/node_modules is missing: run script/setup --test');
  return found;
}

/** The limit that a parameter's description states, or undefined. */
export function limitIn(text) {
  const plain = text.replaceAll('\\', '');
  let m = /(\d+)[-–](\d+) (characters|bytes)( after entit)?/.exec(plain);
  if (m) return { min: Number(m[1]), max: Number(m[2]), unit: m[3], ...(m[4] ? { parsed: true } : {}) };
  m = /[Vv]alues between (\d+)[-–](\d+) are accepted/.exec(plain);
  return m ? { min: Number(m[1]), max: Number(m[2]), unit: 'value' } : undefined;
}

class Deriver {
  constructor(ts, checker) {
    this.ts = ts;
    this.checker = checker;
    this.defs = [];
    this.refs = new Map();
  }

  node(type, where) {
    const { TypeFlags } = this.ts;
    if (type.flags & TypeFlags.String) return 'string';
    if (type.flags & TypeFlags.Number) return 'number';
    if (type.flags & TypeFlags.Boolean) return 'boolean';
    if (type.flags & TypeFlags.BooleanLiteral) return { lit: this.checker.typeToString(type) === 'true' };
    if (type.flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral)) return { lit: type.value };
    if (type.flags & TypeFlags.Union) return this.union(type, where);
    if (type.flags & TypeFlags.Object) {
      if (type.symbol?.name === 'Blob') return 'file';
      if (this.checker.isArrayType(type)) return { array: this.node(this.checker.getTypeArguments(type)[0], where) };
      return this.def(type, where, () => this.object(type, where));
    }
    throw new Error(`${where}: ${this.checker.typeToString(type)}: the deriver knows no such type`);
  }

  // {toJSON()} and {toString()} stand for what a program may hand to a library; on the wire there is only what they return.
  isConvenience(type) {
    const names = type.flags & this.ts.TypeFlags.Object ? this.checker.getPropertiesOfType(type).map((p) => p.name) : [];
    return names.length === 1 && (names[0] === 'toJSON' || names[0] === 'toString');
  }

  union(type, where) {
    const { TypeFlags } = this.ts;
    const parts = type.types.filter((t) => !(t.flags & (TypeFlags.Undefined | TypeFlags.Null)) && !this.isConvenience(t));
    if (parts.length === 1) return this.node(parts[0], where);
    if (parts.length === 2 && parts.every((t) => t.flags & TypeFlags.BooleanLiteral)) return 'boolean';
    const literal = TypeFlags.StringLiteral | TypeFlags.NumberLiteral;
    if (parts.every((t) => t.flags & literal)) return { enum: parts.map((t) => t.value) };
    return this.def(type, where, () => ({ union: parts.map((t) => this.node(t, where)) }));
  }

  def(type, where, make) {
    let ref = this.refs.get(type);
    if (ref === undefined) {
      ref = this.defs.length;
      this.refs.set(type, ref);
      this.defs.push(null); // types are recursive
      this.defs[ref] = make();
    }
    return { ref };
  }

  object(type, where) {
    const name = (type.aliasSymbol ?? type.symbol).name.replace(/^Telegram/, '');
    const props = {};
    for (const symbol of this.checker.getPropertiesOfType(type)) {
      const doc = this.ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
      const prop = { type: this.node(this.checker.getTypeOfSymbol(symbol), `${name}.${symbol.name}`) };
      if (symbol.flags & this.ts.SymbolFlags.Optional) prop.optional = true;
      const limit = limitIn(doc);
      if (limit) prop.limit = limit;
      props[symbol.name] = prop;
    }
    return { name, props };
  }

  methods(type) {
    const methods = {};
    for (const symbol of this.checker.getPropertiesOfType(type)) {
      const [signature] = this.checker.getSignaturesOfType(this.checker.getTypeOfSymbol(symbol), this.ts.SignatureKind.Call);
      const [parameter] = signature.getParameters();
      const params = parameter && this.checker.getNonNullableType(this.checker.getTypeOfSymbol(parameter));
      const [result] = this.checker.getTypeArguments(signature.getReturnType());
      methods[symbol.name] = {
        params: params ? this.node(params, symbol.name) : null,
        result: this.node(result, `${symbol.name}()`),
      };
    }
    return methods;
  }
}

/** Reads the declarations: slow; loadSchema() keeps its result. */
export function deriveSchema(folder = typesFolder()) {
  const ts = require('typescript');
  const options = { strict: true, lib: ['lib.es2020.d.ts'], types: [], noEmit: true };
  const host = ts.createCompilerHost(options);
  const blob = path.join(folder, 'out', 'blob-of-the-test.d.ts'); // the DOM's Blob, without reading all of the DOM
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => (name === blob
    ? ts.createSourceFile(name, 'interface Blob { readonly bytes: never }', ts.ScriptTarget.Latest)
    : read(name, ...rest));
  const entry = path.join(folder, 'out', 'index.d.ts');
  const program = ts.createProgram([entry, blob], options, host);
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)));
  const type = (name) => checker.getDeclaredTypeOfSymbol(resolved(name));
  const resolved = (name) => {
    const symbol = exported.find((s) => s.name === name);
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  };
  const deriver = new Deriver(ts, checker);
  const methods = deriver.methods(type('APIMethods'));
  const update = deriver.node(type('TelegramUpdate'), 'Update');
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return { version, methods, update, defs: deriver.defs };
}

/** The derived schema, from the temporary folder when an earlier run left it there. */
export function loadSchema() {
  const folder = typesFolder();
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const made = createHash('sha256').update(readFileSync(here)).digest('hex').slice(0, 12);
  const cache = path.join(tmpdir(), `habitd-bot-api-types-${process.getuid()}`);
  const file = path.join(cache, `${version}-${made}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  const schema = deriveSchema(folder);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(schema));
  renameSync(`${file}.${process.pid}`, file); // test files start at the same time
  return schema;
}

/** A file that came as a part of multipart/form-data. */
export class UploadedFile {
  constructor(field, name, type, bytes) {
    Object.assign(this, { field, name, type, bytes });
  }
}

const show = (value) => {
  const text = value instanceof UploadedFile ? 'a file' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

function checkLimit(limit, value, where, report) {
  const size = typeof value === 'number' ? value : limit.unit === 'bytes' ? Buffer.byteLength(value) : value.length;
  if (size < limit.min || size > limit.max) {
    const what = limit.unit === 'value' ? 'is' : `has ${size} ${limit.unit},`;
    report(where, `${what} not ${limit.min}-${limit.max}${limit.unit === 'value' ? `: ${size}` : ''}`);
  }
}

/**
 * Checks values against the schema. Every check reports to report(where, what); one that reports nothing has passed. A check is a
 * closure made once, since some tests send hundreds of thousands of messages.
 */
export class Validator {
  constructor(schema = loadSchema()) {
    this.schema = schema;
    this.made = new Map();
    this.params = new Map();
    this.results = new Map();
    for (const [name, method] of Object.entries(schema.methods)) {
      this.params.set(name, method.params ? this.check(method.params) : null);
      this.results.set(name, this.check(method.result));
    }
    this.updates = this.check(schema.update);
  }

  hasMethod(name) {
    return Object.hasOwn(this.schema.methods, name);
  }

  /** {NAME: {type, optional?, limit?}} of a method's parameters. */
  paramsOf(name) {
    const { params } = this.schema.methods[name];
    return params ? this.schema.defs[params.ref].props : {};
  }

  #problems(check, value, what) {
    const problems = [];
    check(value, what, (where, text) => problems.push(`${where} ${text}`));
    return problems;
  }

  /** What is wrong with the parameters of a call: [] when nothing. */
  problemsOfParams(name, params) {
    const check = this.params.get(name);
    if (check) return this.#problems(check, params, name);
    return Object.keys(params).map((key) => `${name}.${key} is not a parameter: ${name} takes none`);
  }

  problemsOfResult(name, result) {
    return this.#problems(this.results.get(name), result, `${name}()`);
  }

  problemsOfUpdate(update) {
    return this.#problems(this.updates, update, 'update');
  }

  check(node) {
    if (node === 'string') return this.#string;
    if (node === 'number') return this.#number;
    if (node === 'boolean') return this.#plain('boolean');
    if (node === 'file') return (v, at, report) => v instanceof UploadedFile || report(at, `must be an uploaded file: ${show(v)}`);
    if ('lit' in node) return this.#oneOf([node.lit]);
    if (node.enum) return this.#oneOf(node.enum);
    if (node.array) return this.#array(this.check(node.array));
    let made = this.made.get(node.ref);
    if (!made) {
      let inner;
      made = (value, at, report) => inner(value, at, report);
      this.made.set(node.ref, made); // types are recursive
      const def = this.schema.defs[node.ref];
      inner = def.union ? this.#union(def.union) : this.#object(def);
    }
    return made;
  }

  #string = (value, at, report) => {
    if (typeof value !== 'string') report(at, `must be text: ${show(value)}`);
    else if (/\p{Surrogate}/u.test(value)) report(at, 'is not well-formed Unicode');
  };

  #number = (value, at, report) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) report(at, `must be a number: ${show(value)}`);
    else if (!FLOATS.test(at) && !Number.isSafeInteger(value)) report(at, `must be an integer: ${value}`);
  };

  #plain = (type) => (value, at, report) => {
    if (typeof value !== type) report(at, `must be ${type}: ${show(value)}`);
  };

  #oneOf(values) {
    const allowed = new Set(values);
    return (value, at, report) => {
      if (!allowed.has(value)) report(at, `must be one of ${values.slice(0, 8).join(', ')}${values.length > 8 ? ', …' : ''}: ${show(value)}`);
    };
  }

  #array(item) {
    return (value, at, report) => {
      if (!Array.isArray(value)) report(at, `must be an array: ${show(value)}`);
      else value.forEach((v, i) => item(v, `${at}[${i}]`, report));
    };
  }

  #object({ name, props }) {
    const checks = new Map(Object.entries(props).map(([key, prop]) => [key, { ...prop, check: this.check(prop.type) }]));
    const required = [...checks].filter(([, p]) => !p.optional).map(([key]) => key);
    return (value, at, report) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof UploadedFile) {
        report(at, `must be ${name}: ${show(value)}`);
        return;
      }
      for (const key of required) {
        if (value[key] === undefined) report(`${at}.${key}`, `is required in ${name}`);
      }
      for (const [key, v] of Object.entries(value)) {
        const prop = checks.get(key);
        if (v === undefined) continue;
        if (!prop) {
          report(`${at}.${key}`, `is not a field of ${name}`);
          continue;
        }
        prop.check(v, `${at}.${key}`, report);
        if (prop.limit && !prop.limit.parsed && (typeof v === 'string' || typeof v === 'number')) {
          checkLimit(prop.limit, v, `${at}.${key}`, report);
        }
      }
    };
  }

  // The member that fits best is taken for the one that was meant: of the right kind, then with the right fields.
  #union(nodes) {
    const members = nodes.map((node) => this.check(node));
    return (value, at, report) => {
      let best = null;
      for (const member of members) {
        const problems = [];
        member(value, at, (where, text) => problems.push([where, text]));
        if (problems.length === 0) return;
        const weight = problems.reduce((sum, [where]) => sum + (where === at ? 100 : /[.[]/.test(where.slice(at.length + 1)) ? 1 : 10), 0);
        if (!best || weight < best.weight) best = { weight, problems };
      }
      for (const [where, text] of best.problems) report(where, text);
    };
  }
}
