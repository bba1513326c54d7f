// The pictures in the README: the screens as they are, of a demo person on a fixed day. HABITD_PICTURES=DIR keeps them.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { browserTest, LANGUAGE_OF_PICTURES } from './bed.mjs';

const SHOTS = [
  { name: 'web-today', way: 'touch', theme: 'light', place: () => '', sign: '.habit' },
  { name: 'web-habit', way: 'touch', theme: 'dark', place: (id) => `habit/${id}`, sign: '.u-wrap' },
  { name: 'web-desktop', way: 'mouse', theme: 'light', place: (id) => `habit/${id}`, sign: '.u-wrap' },
];

for (const shot of SHOTS) {
  browserTest(`a picture: ${shot.name}`, { ...shot, lang: LANGUAGE_OF_PICTURES, env: { HABITD_DEMO_SIGN_IN: '1' } }, async (bed) => {
    await bed.bench.must(['demo', '--users', '1', '--days', '200'], { env: bed.env });
    const page = await bed.open();
    await bed.press(page.getByRole('button', { name: bed.t('web.signin.demo') }));
    await page.locator('.habit').first().waitFor();
    const api = await bed.api(900000001);
    await api.patch('/v1/me', { language_code: bed.lang });
    const names = ['Morning exercise', 'Learn Spanish', 'Tidy up', 'Meditate', 'Read', 'Walk'];
    const habits = (await api.get('/v1/habits?archived=all')).json.items;
    for (const [i, h] of habits.entries()) await api.patch(`/v1/habits/${h.id}`, { name: names[i % names.length] });
    await page.evaluate(() => indexedDB.deleteDatabase('habitd'));
    await page.goto('about:blank');
    await page.goto(`${bed.server.url}/#/${shot.place(habits[0].id)}`);
    await page.locator(shot.sign).first().waitFor();
    await page.getByText(names[0]).first().waitFor();
    if (shot.name === 'web-today') {
      await bed.press(page.locator('.habit-check'));
      await page.locator('.habit.done').waitFor();
      await page.locator('.toast').waitFor({ state: 'detached' });
    }
    await bed.accessible(page, shot.name);
    const picture = await page.screenshot();
    assert.deepEqual([...picture.subarray(1, 4)], [...Buffer.from('PNG')]);
    if (process.env.HABITD_PICTURES) {
      mkdirSync(process.env.HABITD_PICTURES, { recursive: true });
      writeFileSync(path.join(process.env.HABITD_PICTURES, `${shot.name}.png`), picture);
    }
  });
}
