// Telegram, as far as a bot under load needs it: every method succeeds after BENCH_TELEGRAM_MS milliseconds. Prints "listening on ADDRESS";
// GET /arrived answers {"receipt": when a message "Paid N" came last, "n": N, "sent": how many messages came} in milliseconds of the epoch.
import http from 'node:http';

const delay = Number(process.env.BENCH_TELEGRAM_MS ?? 0);
const seen = { receipt: 0, n: -1, sent: 0 };
const results = {
  getMe: { id: 424242, is_bot: true, first_name: 'Bench', username: 'bench_bot' },
  getWebhookInfo: { url: '', has_custom_certificate: false, pending_update_count: 0 },
  getUpdates: [],
};
let message = 1;

function answer(method, body) {
  if (!/^(send|edit)/.test(method)) return results[method] ?? true;
  const { chat_id: id = 1, message_id: edited, text = '' } = JSON.parse(body);
  const paid = /^Paid (\d+)$/.exec(text);
  seen.sent++;
  if (paid) Object.assign(seen, { receipt: Date.now(), n: Number(paid[1]) });
  return { message_id: edited ?? ++message, date: 1, chat: { id, type: 'private', first_name: 'Bench' }, text };
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const method = request.url.split('?')[0].split('/').pop();
    const text = method === 'arrived' ? JSON.stringify(seen) : JSON.stringify({ ok: true, result: answer(method, Buffer.concat(chunks).toString()) });
    const send = () => response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
    if (delay && method !== 'arrived') setTimeout(send, delay);
    else send();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`));
process.on('SIGTERM', () => process.exit(0));
