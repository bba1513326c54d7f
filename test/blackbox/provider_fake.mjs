// What the fakes of the payment providers share: an HTTP server whose requests can be struck by faults, and webhooks that can be held
// back, repeated, reordered and delayed.
//
//   fake.fault({ on: 'POST /payments', kind: 'lose' })      // the payment is made, its answer never arrives
//   fake.holdWebhooks(); …; await fake.releaseWebhooks({ order: 'reverse', times: 3 });
import http from 'node:http';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A fault that strikes matching requests until it has struck `times` times. */
class Fault {
  constructor(fake, { on, kind, times = 1, skip = 0, status = 500, ms = 0, body, when }) {
    if (!['error', 'error_after', 'refuse', 'lose', 'hang', 'delay'].includes(kind)) throw new Error(`no fault ${kind}`);
    Object.assign(this, { fake, on, kind, times, skip, status, ms, body, when, hits: 0 });
  }

  strikes(name, request) {
    const fits = this.on === undefined || (this.on instanceof RegExp ? this.on.test(name) : this.on === name);
    if (!fits || this.hits >= this.times || (this.when && !this.when(request))) return false;
    if (this.skip > 0) {
      this.skip--;
      return false;
    }
    this.hits++;
    this.fake.changed();
    return true;
  }

  hit(n = 1) {
    return this.fake.until(() => this.hits >= n, `the fault strikes ${n} times`);
  }

  remove() {
    this.fake.faults.delete(this);
  }
}

export class ProviderFake {
  constructor({ deadlineMs = 60_000, retryMs = 100, webhookUrl } = {}) {
    Object.assign(this, { deadlineMs, retryMs, webhookUrl });
    this.violations = []; // what no correct client does
    this.requests = []; // {name, path, body, headers, status, at}
    this.faults = new Set();
    this.waiters = new Set();
    this.webhooks = []; // every delivery: {body, status, at}
    this.held = null; // webhooks that wait, while they are held
    this.undelivered = 0; // webhooks that nobody has taken yet
    this.shift = 0; // ms that this fake's clock is ahead
    this.ended = false;
  }

  async start({ port = 0 } = {}) {
    this.server = http.createServer((request, response) => this.#serve(request, response));
    this.server.keepAliveTimeout = 30_000;
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  /** Ends the fake; throws when a rule was broken, unless `check` is false. */
  async stop({ check = true } = {}) {
    this.ended = true;
    this.changed();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    if (check && this.violations.length > 0) throw new Error(`rules were broken:\n  ${this.violations.slice(0, 20).join('\n  ')}`);
  }

  now() {
    return new Date(Date.now() + this.shift);
  }

  /** Moves this fake's clock. */
  advance(ms) {
    this.shift += ms;
  }

  violation(text) {
    this.violations.push(text);
  }

  fault(options) {
    const fault = new Fault(this, options);
    this.faults.add(fault);
    return fault;
  }

  changed() {
    for (const waiter of [...this.waiters]) waiter();
  }

  /** Waits until `done()` is true; looked at whenever something happens here. */
  until(done, what, within = this.deadlineMs) {
    return new Promise((resolve, reject) => {
      const end = (f, value) => {
        clearTimeout(timer);
        this.waiters.delete(look);
        f(value);
      };
      const look = () => {
        const value = done();
        if (value) end(resolve, value);
        else if (this.ended) end(reject, new Error(`the fake ended; waiting: ${what}`));
      };
      const timer = setTimeout(() => end(reject, new Error(`not within ${within} ms: ${what}`)), within);
      this.waiters.add(look);
      look();
    });
  }

  count(name) {
    return this.requests.filter((r) => r.name === name).length;
  }

  async #serve(request, response) {
    const chunks = [];
    request.on('error', () => {});
    response.on('error', () => {});
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, this.origin);
    const raw = Buffer.concat(chunks).toString();
    const entry = { method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers, raw, at: Date.now() };
    entry.name = this.nameOf(entry);
    const fault = [...this.faults].find((f) => f.strikes(entry.name, entry));
    const answer = (status, body) => {
      entry.status = status;
      this.requests.push(entry);
      if (!response.destroyed) response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
      this.changed();
    };
    const cut = () => {
      entry.status = 0;
      this.requests.push(entry);
      request.socket.destroy();
      this.changed();
    };
    if (fault?.kind === 'delay') await sleep(fault.ms);
    if (fault?.kind === 'refuse') return cut();
    if (fault?.kind === 'error') return answer(fault.status, fault.body ?? this.errorBody(fault.status));
    const { status, body } = this.handle(entry);
    if (fault?.kind === 'lose') return cut();
    if (fault?.kind === 'error_after') return answer(fault.status, fault.body ?? this.errorBody(fault.status));
    if (fault?.kind === 'hang') {
      this.requests.push(Object.assign(entry, { status: 0 }));
      return this.changed();
    }
    return answer(status, body);
  }

  // ---- webhooks

  holdWebhooks() {
    this.held ??= [];
  }

  /** Sends what was held: `times` each, in `order` ('kept', 'reverse', or a list of indexes), with `gapMs` between them. */
  async releaseWebhooks({ order = 'kept', times = 1, gapMs = 0 } = {}) {
    const held = this.held ?? [];
    this.held = null;
    const list = order === 'reverse' ? held.reverse() : Array.isArray(order) ? order.map((i) => held[i]) : held;
    for (const hook of list) {
      await this.deliver(hook, { times });
      if (gapMs > 0) await sleep(gapMs);
    }
  }

  /** Sends one webhook, or holds it. Resolves when it was taken (200), or once when `once`. */
  async notify(hook, { times = 1, delayMs = 0 } = {}) {
    if (!this.webhookUrl) return;
    if (this.held) {
      this.held.push(hook);
      this.changed();
      return;
    }
    if (delayMs > 0) await sleep(delayMs);
    await this.deliver(hook, { times });
  }

  async deliver(hook, { times = 1 } = {}) {
    this.undelivered++;
    try {
      for (let i = 0; i < times; i++) {
        while (!this.ended && (await this.post(hook)) !== 200) await sleep(this.retryMs);
      }
    } finally {
      this.undelivered--;
      this.changed();
    }
  }

  /** One attempt; the status, 0 when there was none. */
  async post({ body, headers = {} }) {
    let status = 0;
    try {
      const answer = await fetch(this.webhookUrl, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
      await answer.arrayBuffer();
      status = answer.status;
    } catch { /* nobody listens */ }
    this.webhooks.push({ body, status, at: Date.now() });
    this.changed();
    return status;
  }
}
