// What a person hears in the chat of a dispute over a payment: that it rests, that it is settled, that it is lost.
import assert from 'node:assert/strict';
import { Api, expectStatus } from './api.mjs';
import { BotBed } from './bot_bed.mjs';
import { forEachEngine } from './harness.mjs';

forEachEngine('a dispute is told in the chat: opened, won, and another one lost', async (bench) => {
  const bed = await BotBed.create(bench, { env: { HABITD_SANDBOX_PAYMENTS: 'instant' } });
  const anna = await bed.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  const api = await bed.api(anna);
  const admin = await Api.of(bed.server, await bench.token(9, ['--admin'], { env: bed.env }));
  const order = { provider: 'sandbox', purpose: 'subscription', plan: 'month' };
  const payment = expectStatus(await api.post('/v1/payments', order, { headers: { 'idempotency-key': 'p' } }), 201).json;
  const turn = async (what, dispute, words, period) => {
    expectStatus(await admin.post(`/v1/admin/payments/${payment.id}/dispute`, { turn: what, reason: `the bank: ${what}`, dispute }), 200);
    const { text } = await anna.sees(words, { anywhere: true });
    assert.match(text, /299/, text);
    assert.equal(expectStatus(await api.get('/v1/subscription'), 200).json.periods[0].status, period);
  };
  await anna.sees(/Paid/, { anywhere: true });
  await turn('opened', 'one', /is disputed\./, 'suspended');
  await turn('won', 'one', /The dispute over the payment of .* is settled\./, 'active');
  await turn('opened', 'two', /is disputed\./, 'suspended');
  await turn('lost', 'two', /was taken back in a dispute\./, 'revoked');
  await bed.close();
});
