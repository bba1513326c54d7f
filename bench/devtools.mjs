// Chromium's DevTools over a pipe, nothing else: a driver's own scripts in a page would be part of what is measured.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export function launch(program, args) {
    const home = mkdtempSync(path.join(tmpdir(), 'habitd-chromium-'));
    const child = spawn(program, [...args, '--headless', '--remote-debugging-pipe', `--user-data-dir=${home}`, 'about:blank'],
        { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const [, , , out, incoming] = child.stdio;
    const waiting = new Map();
    let serial = 0, text = '';
    incoming.setEncoding('utf8').on('data', (d) => {
        text += d;
        for (let end; (end = text.indexOf('\0')) >= 0; text = text.slice(end + 1)) {
            const message = JSON.parse(text.slice(0, end));
            const [done, failed] = waiting.get(message.id) ?? [];
            waiting.delete(message.id);
            if (message.error) failed?.(new Error(message.error.message));
            else done?.(message.result);
        }
    });
    const send = (method, params = {}, sessionId = undefined) => new Promise((done, failed) => {
        waiting.set(++serial, [done, failed]);
        out.write(`${JSON.stringify({ id: serial, method, params, sessionId })}\0`);
    });
    return {
        // A page of a profile of its own: call(method, params) speaks to it.
        async page() {
            const { browserContextId } = await send('Target.createBrowserContext');
            const { targetId } = await send('Target.createTarget', { url: 'about:blank', browserContextId });
            const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
            return { call: (method, params) => send(method, params, sessionId), close: () => send('Target.disposeBrowserContext', { browserContextId }) };
        },
        async close() {
            const gone = new Promise((done) => child.on('exit', done));
            await send('Browser.close');
            await gone;
            rmSync(home, { recursive: true, force: true, maxRetries: 5 });
        },
    };
}
