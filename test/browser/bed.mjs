// The pages as people use them: Debian's Chromium on the real binary. A page that logs an error, throws, or asks another host for
// anything fails its test, whatever else it does.
//
//   browserTest('…', { way: 'touch', lang: 'ru', theme: 'dark' }, async (bed) => {
//     const page = await bed.open({ as: 1001 });
//     await bed.press(page.getByRole('button', { name: bed.t('web.add.create') }));
//   });
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import AxeBuilder from 'axe-core';
import { chromium } from 'playwright-core';
import { Bench, LONG, ROOT, sleep } from '../blackbox/harness.mjs';
import { Api } from '../blackbox/api.mjs';

export const PATIENCE = 60_000; // for what a loaded machine does at last
const TEST_MS = LONG ? 1_800_000 : 600_000;
const LONGEST_MS = 180_000; // that a test takes there
const TABS_MAX = 150;
const DAY_MS = 86_400_000;
export const NARROW = { width: 320, height: 640 };
export const SIZES = { mouse: { width: 1280, height: 800 }, keyboard: { width: 1280, height: 800 }, touch: { width: 360, height: 740 } };

let texts;
/** The texts of locale/, as the pages get them. */
export function say(lang) {
  if (!texts) {
    const dir = mkdtempSync(path.join(tmpdir(), 'habitd-texts-'));
    execFileSync('python3', [path.join(ROOT, 'script/embed-texts.py'), '--json', path.join(ROOT, 'locale'), path.join(dir, 't.json')]);
    texts = JSON.parse(readFileSync(path.join(dir, 't.json'), 'utf8'));
    rmSync(dir, { recursive: true });
  }
  const of = texts.find((l) => l.code === lang).texts;
  return (key, args = {}) => {
    assert.ok(key in of, `no text ${key}`);
    return String(Array.isArray(of[key]) ? of[key][args.form ?? 0] : of[key]).replace(/\{(\w+)\}/g, (whole, name) => args[name] ?? whole);
  };
}

/** In the page: notes each toast that nothing lies over. A look from outside may come when it is gone again: it lives for seconds, and a machine can be slow. */
function noteToasts() {
  window.told = [];
  const noted = new WeakSet();
  const look = (toast) => {
    if (!toast.isConnected || noted.has(toast)) return;
    const { x, y, width, height } = toast.getBoundingClientRect();
    toast.style.pointerEvents = 'auto'; // what fingers go through is seen too
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    toast.style.pointerEvents = '';
    if (!toast.contains(top)) return requestAnimationFrame(() => look(toast));
    noted.add(toast);
    window.told.push({ text: toast.querySelector('span').textContent, bad: toast.classList.contains('bad') });
  };
  new MutationObserver(() => document.querySelectorAll('.toast').forEach(look)).observe(document, { childList: true, subtree: true });
}

/** For `init` of a page: its offers to undo wait for a slow machine, instead of eight seconds. */
export function patientToasts() {
  const later = window.setTimeout;
  window.setTimeout = (run, ms, ...rest) => later(run, ms === 8000 ? 60_000 : ms, ...rest);
}

let browser;
export async function launch() {
  browser ??= await chromium.launch({
    executablePath: process.env.HABITD_CHROMIUM ?? '/usr/bin/chromium',
    timeout: 3 * PATIENCE,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update'],
  });
  return browser;
}
test.after(() => browser?.close());

export class Bed {
  constructor(bench, { way = 'mouse', lang = 'en', theme = 'light', size } = {}) {
    Object.assign(this, { bench, way, lang, theme, size: size ?? SIZES[way], t: say(lang), faults: [], contexts: [] });
  }

  async start(env = {}) {
    this.env = { HABITD_RATE_IP_PER_MIN: '0', HABITD_RATE_USER_PER_MIN: '0', ...env };
    await this.bench.must(['migrate', 'up']);
    this.server = await this.bench.serve({ env: this.env });
  }

  async api(id, args = []) {
    return Api.of(this.server, await this.bench.token(id, args, { env: this.env }));
  }

  /** What stands in SQL for an id, for a moment, for no. */
  uuid(text) {
    return this.bench.engine === 'sqlite' ? `x'${text.replaceAll('-', '')}'` : `'${text}'`;
  }

  at(ms = Date.now()) {
    return this.bench.engine === 'sqlite' ? String(ms) : `to_timestamp(${ms / 1000})`;
  }

  get no() {
    return this.bench.engine === 'sqlite' ? '0' : 'false';
  }

  async signInLink(id, args = []) {
    const env = { ...this.env, HABITD_PUBLIC_URL: this.server.url };
    return (await this.bench.must(['token', 'create', '--telegram-id', String(id), '--link', ...args], { env })).trim();
  }

  async context() {
    const context = await (await launch()).newContext({
      viewport: this.size, colorScheme: this.theme, locale: this.lang === 'ru' ? 'ru-RU' : 'en-US', timezoneId: 'UTC',
      hasTouch: this.way === 'touch', isMobile: this.way === 'touch', acceptDownloads: true,
    });
    context.setDefaultTimeout(PATIENCE);
    await context.addInitScript(noteToasts);
    this.contexts.push(context);
    return context;
  }

  watch(page) {
    page.on('console', (m) => {
      // What the network did is told by the page; a refused request is an answer like any other.
      if (m.type() === 'error' && !/Failed to load resource|net::ERR_/.test(m.text())) this.faults.push(`console: ${m.text()}`);
    });
    page.on('pageerror', (e) => this.faults.push(`thrown: ${e.message}`));
    page.on('request', (r) => {
      const to = r.url();
      if (to.includes('hbt_')) this.faults.push(`a token in an address: ${to}`);
      if (!to.startsWith(`${this.server.url}/`) && !/^(blob|data):/.test(to) && !this.allowed?.(to)) this.faults.push(`asked another host: ${to}`);
    });
    return page;
  }

  /** A page: signed in as the person with that Telegram id, whose language is the bed's; else at an address. */
  async open({ as, at = '/', context, init } = {}) {
    const page = this.watch(await (context ?? (await this.context())).newPage());
    if (init) await page.addInitScript(init);
    if (as !== undefined) {
      await (await this.api(as)).patch('/v1/me', { language_code: this.lang });
      await page.goto(await this.signInLink(as));
      await page.locator('.tabs').waitFor();
      await page.waitForFunction((lang) => document.documentElement.lang === lang, this.lang);
    } else {
      await page.goto(`${this.server.url}${at}`);
    }
    return page;
  }

  // --- hands

  /** Tab by Tab to the element, as somebody without a mouse; one that is busy, or behind a sheet that is still open, is waited for. */
  async focus(target) {
    const page = target.page();
    const there = () => target.first().evaluate((el) => el === document.activeElement && !el.disabled);
    const deadline = Date.now() + PATIENCE;
    for (let i = 0; i < TABS_MAX || Date.now() < deadline; i++) {
      if (await there()) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${target} is not reached with Tab`);
  }

  async press(target) {
    const one = target.first();
    if (this.way === 'touch') return one.tap();
    if (this.way === 'mouse') return one.click();
    await this.focus(one);
    const kind = await one.evaluate((el) => (el.tagName === 'INPUT' && el.type !== 'file' ? 'Space' : 'Enter'));
    return one.page().keyboard.press(kind);
  }

  async type(target, text) {
    if (this.way === 'keyboard') {
      await this.focus(target);
      await target.page().keyboard.press('Control+A');
      return target.page().keyboard.type(text);
    }
    await this.press(target);
    return target.first().fill(text);
  }

  /** One of radio buttons: arrows move between them. */
  async choose(group, name) {
    const radio = group.getByRole('radio', { name });
    if (this.way !== 'keyboard') return this.press(group.locator('label').filter({ hasText: name }));
    await this.focus(group.locator('input:checked'));
    for (let i = 0; i < 10 && !(await radio.isChecked()); i++) await radio.page().keyboard.press('ArrowRight');
    assert.ok(await radio.isChecked());
  }

  /** An option of a select; its list is the system's, so it is opened by nobody. */
  async select(target, value) {
    if (this.way === 'keyboard') await this.focus(target);
    return target.selectOption(value);
  }

  /** A file into an input, by the chooser that opens; where it lies is the system's business. */
  async file(input, content) {
    const page = input.page();
    const button = this.way === 'keyboard' ? input : page.locator('label').filter({ has: input });
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), this.press(button)]);
    return chooser.setFiles(content);
  }

  async drag(handle, byRows) {
    const page = handle.page();
    if (this.way === 'keyboard') {
      await this.focus(handle);
      for (let i = 0; i < Math.abs(byRows); i++) await page.keyboard.press(byRows > 0 ? 'ArrowDown' : 'ArrowUp');
      return;
    }
    const box = await handle.boundingBox();
    const [x, y, to] = [box.x + box.width / 2, box.y + box.height / 2, box.y + box.height / 2 + byRows * 64];
    if (this.way === 'mouse') {
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x, to, { steps: 8 });
      return page.mouse.up();
    }
    const finger = await page.context().newCDPSession(page);
    await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
    for (let i = 1; i <= 8; i++) await finger.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: y + ((to - y) * i) / 8 }] });
    // A finger that rests before it leaves: otherwise the page would glide on, and the next tap only stop that.
    for (let i = 0; i < 6; i++) {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await finger.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y: to }] });
    }
    await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }

  // --- eyes

  /** Waits until the server says so: marks are shown before they are sent. */
  async until(look, what) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) assert.fail(`waited in vain: ${typeof what === 'string' ? what : await what()}`);
      await sleep(50);
    }
  }

  /** It was said in passing, where it is seen: what is said behind a sheet nobody reads. bad: as a failure. Each is found once. */
  async told(page, text, { bad = false } = {}) {
    const find = ([wanted, failure]) => {
      const i = window.told.findIndex((x) => x.text.includes(wanted) && x.bad === failure);
      return i >= 0 && window.told.splice(i, 1).length > 0;
    };
    await this.until(() => page.evaluate(find, [text, bad]), async () => `'${text}' to be said; it said ${JSON.stringify(await page.evaluate(() => window.told))}`);
  }

  /** axe-core's serious and critical violations: none; and nothing to scroll to at the side. */
  async accessible(page, what) {
    await page.evaluate(`window.axe === undefined && (() => { ${AxeBuilder.source} })()`);
    const look = async () => {
      // A colour in the middle of a transition is nobody's, and neither is what axe-core sees of one that began meanwhile.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity));
      return page.evaluate(async () => {
        let moved = false;
        const note = () => { moved = true; };
        const begins = ['animationstart', 'transitionrun'];
        for (const type of begins) document.addEventListener(type, note, true);
        const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
        for (const type of begins) document.removeEventListener(type, note, true);
        const bad = violations.filter((v) => ['serious', 'critical'].includes(v.impact))
          .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
        const wide = document.documentElement.scrollWidth - innerWidth;
        return { moved, bad: wide > 0 ? [...bad, `${wide} pixels too wide`] : bad };
      });
    };
    const deadline = Date.now() + PATIENCE;
    let found = await look();
    while (found.bad.length > 0 && found.moved && Date.now() < deadline) found = await look();
    assert.deepEqual(found.bad, [], what);
  }

  /** What the pages show, for whoever reads why a test failed. */
  async scene() {
    const lines = this.faults.map((fault) => `fault: ${fault}`);
    for (const page of this.contexts.flatMap((context) => context.pages())) {
      const look = page.evaluate(() => [document.activeElement?.outerHTML.slice(0, 120), JSON.stringify(window.told), document.body.innerText.replace(/\s*\n\s*/g, ' | ').slice(0, 1000)]);
      const [focus, told, text] = await Promise.race([look, new Promise((done) => setTimeout(done, 2000, ['?', '?', 'it does not answer']))]).catch((e) => ['?', '?', e.message]);
      lines.push(`--- ${page.url()}, focus on ${focus}, said ${told}`, text);
    }
    return [...lines, '--- the server', this.server?.stderr.trimEnd().split('\n').slice(-8).join('\n')].join('\n');
  }

  async close() {
    for (const context of this.contexts) await context.close();
    assert.deepEqual(this.faults, []);
  }
}

/** A test in the browser, on SQLite (with HABITD_LONG=1 on both engines). options: way, lang, theme, size, env. */
export function browserTest(name, options, fn) {
  for (const engine of LONG && process.env.HABITD_TEST_PG_URL ? ['sqlite', 'postgres'] : ['sqlite']) {
    const { way = 'mouse', lang = 'en', theme = 'light' } = options;
    test(`${name} [${way}, ${lang}, ${theme}, ${engine}]`, { timeout: TEST_MS }, async (t) => {
      const left = DAY_MS - (Date.now() % DAY_MS);
      if (left < LONGEST_MS) await sleep(left + 1000); // what is today for the page is today for the test
      const bench = await Bench.create(engine, { t });
      const bed = new Bed(bench, options);
      let failure;
      try {
        await bed.start(options.env);
        await fn(bed, t);
        await bed.close();
      } catch (error) {
        failure = error;
        const scene = await bed.scene();
        failure.message += `\n${scene}`;
        failure.stack += `\n${scene}`;
      }
      for (const context of bed.contexts) await context.close().catch(() => {});
      await bench.close().catch((error) => (failure ??= error));
      if (failure) throw failure;
    });
  }
}

/** A main flow, by hand, language and theme as its sample names them ("touch ru dark narrow"), or by every combination with HABITD_LONG=1. options: sample, env. */
export function flow(name, { sample = ['mouse en light', 'keyboard en dark', 'touch ru dark'], ...options }, fn) {
  const every = ['mouse', 'keyboard', 'touch'].flatMap((way) => ['en', 'ru'].flatMap((lang) => ['light', 'dark'].map((theme) => `${way} ${lang} ${theme}`)));
  for (const words of LONG ? every : sample) {
    const [way, lang, theme, narrow] = words.split(' ');
    browserTest(name, { ...options, way, lang, theme, size: narrow && NARROW }, fn);
  }
}

export const dayBefore = (day, n) => new Date(Date.parse(day) - n * DAY_MS).toISOString().slice(0, 10);
export const LANGUAGE_OF_PICTURES = 'en';
