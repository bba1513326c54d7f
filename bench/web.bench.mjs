// The Mini App in Chromium: how soon Today is there, how soon a tap shows, and whether a thousand habits with ten years of marks make it stutter.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { launch } from './devtools.mjs';
import { count, database, median, note, quick, row, rounds, seed, serve } from './lib.mjs';

const YEARS = quick ? 1 : 10;
const THROTTLE = 4;
const far = new Date(Date.now() + 300 * 86400e3).toISOString();

// What a page notes of itself: when the first habit was painted, tasks over 50 ms, and how long a tap took to show.
function watch() {
    window.long = [];
    new PerformanceObserver((list) => list.getEntries().forEach((e) => window.long.push(e.duration))).observe({ type: 'longtask', buffered: true });
    const first = new MutationObserver(() => {
        if (!document.querySelector('.habit')) return;
        first.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
    });
    first.observe(document, { childList: true, subtree: true });
    document.addEventListener('pointerdown', () => {
        const start = performance.now();
        const shown = new MutationObserver(() => {
            if (!document.querySelector('.habit.done')) return;
            shown.disconnect();
            requestAnimationFrame(() => setTimeout(() => { window.tapped = performance.now() - start; }));
        });
        shown.observe(document, { attributes: true, childList: true, subtree: true });
    }, true);
}

async function visit(browser, url, token, { throttle = 1, warm = false } = {}) {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, serviceWorkers: warm ? 'allow' : 'block' });
    const page = await context.newPage();
    await page.addInitScript(watch);
    await page.addInitScript((kept) => localStorage.setItem('habitd.session', kept), session(token));
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
    await page.goto(url);
    await page.waitForFunction(() => window.painted > 0, undefined, { timeout: 60_000 });
    return { context, page };
}

const session = (token) => JSON.stringify({ token, expires_at: far, renew_at: Date.parse(far), user_id: 'bench' });

// When the first habit's name is on the screen, as the browser itself says (element timing), in a page that knows nobody but its person and
// their language, as one that was here before does; nothing is in its cache.
async function firstPaint(devtools, url, token) {
    const page = await devtools.page();
    await page.call('Emulation.setDeviceMetricsOverride', { width: 360, height: 740, deviceScaleFactor: 1, mobile: true });
    await page.call('Page.enable');
    await page.call('Page.addScriptToEvaluateOnNewDocument', { source: `(${function watchName(kept) {
        localStorage.setItem('habitd.session', kept);
        localStorage.setItem('habitd.language', 'en');
        new PerformanceObserver((list) => { window.seen = list.getEntries()[0].renderTime; }).observe({ type: 'element', buffered: true });
        const first = new MutationObserver(() => {
            const name = document.querySelector('.habit-text > span');
            if (!name) return;
            first.disconnect();
            name.setAttribute('elementtiming', 'habit');
        });
        first.observe(document, { childList: true, subtree: true });
    }})(${JSON.stringify(session(token))})` });
    await page.call('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
    await page.call('Page.navigate', { url });
    for (;;) {
        await new Promise((done) => setTimeout(done, 1000)); // to look is work for the page, so not before it is done
        const { result } = await page.call('Runtime.evaluate', { expression: 'window.seen' });
        if (!result.value) continue;
        await page.close();
        return result.value;
    }
}

// The same page as finished HTML with its style, no script, nothing to ask for: what the browser alone needs for it.
async function finished(browser, url, token) {
    const { context, page } = await visit(browser, url, token);
    const html = await page.evaluate(() => {
        document.querySelectorAll('script, link').forEach((e) => e.remove());
        document.querySelector('.habit-text > span').setAttribute('elementtiming', 'habit');
        return `<!doctype html>${document.documentElement.outerHTML}`;
    });
    await context.close();
    const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html; charset=utf-8').end(html));
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

async function figures(browser, url, token) {
    const painted = [], alone = [], tapped = [];
    const markup = await finished(browser, url, token);
    const devtools = launch(program, flags);
    for (let i = 0; i < (quick ? 3 : 15); i++) {
        painted.push(await firstPaint(devtools, url, token));
        alone.push(await firstPaint(devtools, markup.url, token));
    }
    await devtools.close();
    markup.close();
    for (let i = 0; i < Math.max(3, rounds + 2); i++) {
        const { context, page } = await visit(browser, url, token, { throttle: THROTTLE });
        await page.locator('.habit.open .habit-check').first().tap();
        await page.waitForFunction(() => window.tapped > 0);
        tapped.push(await page.evaluate(() => window.tapped));
        await page.locator('.toast button').tap(); // taken back, for the next round
        await page.locator('.habit.done').waitFor({ state: 'detached' });
        await page.waitForTimeout(300);
        await context.close();
    }
    return { painted: median(painted), alone: median(alone), fastest: Math.min(...painted), tapped: median(tapped) };
}

// Loads Today, scrolls it to its end and back, then looks at ten years of one habit: the longest task of each.
async function stutter(browser, url, token) {
    const { context, page } = await visit(browser, url, token);
    await page.waitForTimeout(500); // what follows the first paint belongs to loading
    const load = await page.evaluate(() => Math.max(0, ...window.long));
    await page.evaluate(() => { window.long = []; });
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let i = 0; i < 60; i++) {
        await page.mouse.wheel(0, i < 40 ? height / 40 : -height / 20);
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    const scroll = await page.evaluate(() => Math.max(0, ...window.long));
    const rows = await page.locator('.habit').count();
    await page.locator('.habit-main').first().click();
    await page.locator('.u-wrap').waitFor();
    await page.evaluate(() => { window.long = []; });
    for (let i = 1; i < YEARS; i++) {
        const answered = page.waitForResponse((r) => r.url().includes('/year?'));
        await page.locator('.pager button').first().tap();
        await answered;
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }
    const draw = await page.evaluate(() => Math.max(0, ...window.long));
    await context.close();
    return { load, scroll, draw, rows };
}

const program = process.env.HABITD_CHROMIUM ?? '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update'];
const browser = await chromium.launch({ executablePath: program, args: flags });
try {
    const few = database('sqlite', 'web');
    const someone = readFileSync(seed(few, { users: 10, habits: 8, days: 200, last: 1 }), 'utf8').split(/\s+/)[0];
    let server = await serve(few);
    const url = `http://127.0.0.1:${server.port ?? 18500 + (process.pid % 1000)}/`;
    const f = await figures(browser, url, someone);
    row(`first paint of Today's habits, cold cache, CPU ${THROTTLE}×`, `${f.painted.toFixed(0)} ms`, `${f.alone.toFixed(0)} ms`, (f.painted / f.alone).toFixed(2), '< 300 ms', f.painted < 300,
        `the same page as finished HTML without a script, page about page; Chromium on loopback, 8 habits; our fastest ${f.fastest.toFixed(0)} ms`);
    row(`a tap shows its mark, CPU ${THROTTLE}×`, `${f.tapped.toFixed(0)} ms`, '', '', '< 100 ms', f.tapped < 100, '');
    await server.stop();
    few.drop();

    const many = database('sqlite', 'webmany');
    const busy = readFileSync(seed(many, { users: 1, habits: 1000, days: 365 * YEARS, last: 1 }), 'utf8').split(/\s+/)[0];
    server = await serve(many);
    const all = [];
    for (let i = 0; i < rounds; i++) all.push(await stutter(browser, url, busy));
    const s = Object.fromEntries(['load', 'scroll', 'draw'].map((part) => [part, median(all.map((one) => one[part]))]));
    note(`${all[0].rows} rows of 1,000 are in the page; longest task while loaded, scrolled, drawn: ${all.map((one) => `${one.load}, ${one.scroll}, ${one.draw}`).join('; ')} ms`);
    const about = `1,000 habits, ${YEARS} years, ${count(1000 * 365 * YEARS)} marks`;
    row('longest task while Today is loaded', `${s.load.toFixed(0)} ms`, '', '', '≤ 50 ms', s.load <= 50, about);
    row('longest task while it is scrolled', `${s.scroll.toFixed(0)} ms`, '', '', '≤ 50 ms', s.scroll <= 50, 'tasks of 50 ms and less count as 0');
    row('longest task while years are drawn', `${s.draw.toFixed(0)} ms`, '', '', '≤ 50 ms', s.draw <= 50, `${YEARS} years of a habit, one after the other`);
    await server.stop();
    many.drop();
} finally {
    await browser.close();
}
