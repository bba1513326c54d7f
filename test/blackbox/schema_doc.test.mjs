// docs/schema.md is what the live databases of both engines say.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { BIN, ENGINES, ROOT, run } from './harness.mjs';

test('docs/schema.md is made from the live databases', { skip: ENGINES.length < 2 && 'needs both engines' }, async () => {
  const env = { ...process.env, HABITD_BIN: BIN };
  const { code, stdout, stderr } = await run(path.join(ROOT, 'script/schema-doc'), ['--check'], { env });
  assert.equal(code, 0, `run script/schema-doc\n${stderr}${stdout}`);
});
