// A client of the HTTP API that holds every answer, and every body that was accepted, against the server's own /openapi.json.
import assert from 'node:assert/strict';

const FORMATS = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: /^\d{4}-\d{2}-\d{2}$/,
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
};

const typeOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v);

/** The part of JSON Schema that docs/openapi.yaml uses; anything else in a schema is an error. */
export class Document {
  constructor(json) {
    this.json = json;
    this.templates = Object.keys(json.paths).map((template) => ({
      template,
      pattern: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    }));
  }

  resolve(schema) {
    if (!schema.$ref) return schema;
    return this.resolve(schema.$ref.slice(2).split('/').reduce((at, key) => at[key], this.json));
  }

  /** What is wrong with the value, as a list of sentences. */
  problems(schema, value, at = '$') {
    const s = this.resolve(schema);
    const bad = [];
    const say = (text) => bad.push(`${at}: ${text} (${JSON.stringify(value)?.slice(0, 80)})`);
    for (const keyword of Object.keys(s)) {
      if (!KEYWORDS.has(keyword)) throw new Error(`${at}: schema keyword '${keyword}' is not checked`);
    }
    if (s.oneOf) {
      const fits = s.oneOf.filter((one) => this.problems(one, value, at).length === 0).length;
      if (fits !== 1) say(`fits ${fits} of oneOf`);
    }
    if (s.type) {
      const types = [s.type].flat();
      const actual = typeOf(value);
      if (!types.includes(actual) && !(actual === 'number' && Number.isInteger(value) && types.includes('integer'))) {
        say(`is not ${types.join(' or ')}`);
        return bad;
      }
    }
    if (s.enum && !s.enum.includes(value)) say(`is none of ${s.enum.join(', ')}`);
    if ('const' in s && s.const !== value) say(`is not ${s.const}`);
    if (typeof value === 'string') {
      if (s.pattern && !new RegExp(s.pattern, 'u').test(value)) say(`does not match ${s.pattern}`);
      if (s.format && !FORMATS[s.format].test(value)) say(`is no ${s.format}`);
      if (s.minLength !== undefined && value.length < s.minLength) say('is too short');
      if (s.maxLength !== undefined && [...value].length > s.maxLength) say('is too long');
    }
    if (typeof value === 'number') {
      if (s.minimum !== undefined && value < s.minimum) say(`is below ${s.minimum}`);
      if (s.maximum !== undefined && value > s.maximum) say(`is above ${s.maximum}`);
      if (s.multipleOf === 0.001 && Math.abs(value * 1000 - Math.round(value * 1000)) > 1e-6) say('has too many decimals');
    }
    if (Array.isArray(value)) {
      if (s.minItems !== undefined && value.length < s.minItems) say('has too few items');
      if (s.maxItems !== undefined && value.length > s.maxItems) say('has too many items');
      if (s.items) value.forEach((item, i) => bad.push(...this.problems(s.items, item, `${at}[${i}]`)));
    }
    if (typeOf(value) === 'object') {
      for (const name of s.required ?? []) if (!(name in value)) say(`lacks ${name}`);
      for (const [name, member] of Object.entries(value)) {
        if (s.properties?.[name]) bad.push(...this.problems(s.properties[name], member, `${at}.${name}`));
        else if (s.additionalProperties === false) say(`has the undocumented ${name}`);
      }
    }
    return bad;
  }

  operation(method, path) {
    const fitting = this.templates.filter(({ pattern }) => pattern.test(path));
    // A literal segment is closer than a variable one.
    fitting.sort((a, b) => a.template.split('{').length - b.template.split('{').length);
    return this.json.paths[fitting[0]?.template]?.[method.toLowerCase()];
  }

  /** Throws unless the answer is one that the document promises. */
  check(method, target, answer, sent) {
    const operation = this.operation(method === 'HEAD' ? 'GET' : method, decodeURIComponent(target.split('?')[0]));
    const where = `${method} ${target} → ${answer.status}`;
    assert.match(answer.headers['x-request-id'] ?? '', /^[\x21-\x7e]{1,128}$/, where);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff', where);
    if (answer.status >= 400 && !answer.headers['content-type']?.startsWith('application/json') && method !== 'HEAD') {
      assert.equal(answer.headers['content-type'], 'application/problem+json', where);
      assert.deepEqual(this.problems({ $ref: '#/components/schemas/Problem' }, answer.json), [], where);
      assert.equal(answer.json.status, answer.status, where);
    }
    if (!operation || method === 'HEAD') return;
    // Any request line or header can be one that cannot be read.
    const response = operation.responses[answer.status] ?? (answer.status === 400 && { $ref: '#/components/responses/Malformed' });
    assert.ok(response, `${where} is not documented: ${answer.text.slice(0, 300)}`);
    const media = this.resolve(response).content;
    const type = answer.headers['content-type']?.split(';')[0];
    if (!media) assert.equal(answer.body.length, 0, where);
    else if (!media['*/*']) {
      assert.ok(media[type], `${where}: ${type} is not documented`);
      if (answer.json !== undefined) assert.deepEqual(this.problems(media[type].schema, answer.json), [], where);
    }
    if (sent !== undefined && answer.status < 300) {
      const schema = operation.requestBody?.content['application/json']?.schema;
      if (schema) assert.deepEqual(this.problems(schema, sent), [], `${where}: an undocumented body was accepted`);
    }
  }
}

const KEYWORDS = new Set(['$ref', 'type', 'enum', 'const', 'oneOf', 'properties', 'required', 'additionalProperties', 'items', 'minItems',
  'maxItems', 'minLength', 'maxLength', 'minimum', 'maximum', 'multipleOf', 'pattern', 'format', 'description', 'default']);

export class Api {
  static async of(server, token) {
    server.document ??= new Document((await server.request('GET', '/openapi.json')).json);
    return new Api(server, token);
  }

  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  /** options are Server.request's; `loose`: the body need not be a documented one although it is answered with success. */
  async call(method, target, json, { loose = false, ...options } = {}) {
    const answer = await this.server.request(method, target, { token: this.token, json, ...options });
    this.server.document.check(method, target, answer, loose ? undefined : json);
    return answer;
  }

  get = (target, options) => this.call('GET', target, undefined, options);
  del = (target, options) => this.call('DELETE', target, undefined, options);
  post = (target, json, options) => this.call('POST', target, json, options);
  put = (target, json, options) => this.call('PUT', target, json, options);
  patch = (target, json, options) => this.call('PATCH', target, json, options);

  /** A new habit; its JSON. */
  async habit(fields = {}) {
    return expectStatus(await this.post('/v1/habits', { name: 'Run', ...fields }), 201).json;
  }

  async mark(habit, day, fields = {}) {
    return this.put(`/v1/habits/${habit.id}/logs/${day}`, { status: 'done', ...fields });
  }
}

export function expectStatus(answer, status) {
  assert.equal(answer.status, status, answer.text.slice(0, 500));
  return answer;
}

/** The answer must be that problem: status, code, field (undefined: none). */
export function expectProblem(answer, status, code, field) {
  expectStatus(answer, status);
  assert.equal(answer.json.code, code, answer.text);
  assert.equal(answer.json.field, field, answer.text);
  return answer;
}
