// The dashboard and the alert rules name only what /metrics has, with the labels it has.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { forEachEngine, ROOT } from './harness.mjs';
import { BotBed } from './bot_bed.mjs';

const text = (file) => readFileSync(path.join(ROOT, 'packaging', file), 'utf8');

/** Every metric an expression names, with the labels it compares or groups by. */
function uses(expr) {
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((m) => m[1].split(',').map((l) => l.trim()));
  return [...expr.matchAll(/(habitd_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name, matchers]) => ({
    name, labels: [...(matchers ?? '').matchAll(/(\w+)\s*[=!~]+/g)].map((m) => m[1]).concat(grouped.filter((l) => l !== 'le')),
  }));
}

forEachEngine('dashboard and alert rules', async (bench) => {
  const bed = await BotBed.create(bench, { now: '2026-11-23T12:00:00Z' });
  await bed.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  const metrics = (await bed.server.request('GET', '/metrics')).text;
  const known = new Map([...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((m) => [m[1], m[2]]));
  const labels = (name) => new Set([...metrics.matchAll(new RegExp(`^${name}(?:_bucket)?\\{([^}]*)\\}`, 'gm'))]
    .flatMap((m) => [...m[1].matchAll(/(\w+)="/g)].map((l) => l[1])));

  const check = (where, exprs) => {
    assert.ok(exprs.length > 10, `${where} says hardly anything`);
    for (const expr of exprs) {
      const found = uses(expr);
      assert.ok(found.length > 0, `${where}: "${expr}" names no metric`);
      for (const use of found) {
        const base = use.name.replace(/_(bucket|sum|count)$/, '');
        const name = known.get(base) === 'histogram' ? base : use.name;
        assert.ok(known.has(name), `${where}: ${use.name} is not in /metrics`);
        const has = labels(name);
        for (const label of use.labels) {
          if (has.size > 0) assert.ok(has.has(label), `${where}: ${use.name} has no label "${label}", only ${[...has]}`);
        }
      }
    }
  };

  await bench.t.test('the rules', () => check('habitd.rules.yml', [...text('prometheus/habitd.rules.yml').matchAll(/^\s+expr: (.*)$/gm)].map((m) => m[1])));
  await bench.t.test('the dashboard', () => {
    const { panels } = JSON.parse(text('grafana/habitd.json'));
    check('habitd.json', panels.flatMap((p) => p.targets.map((t) => t.expr)));
  });
  await bed.close();
});
