// The console, opened and moved about in.
import assert from 'node:assert/strict';

export const SANDBOX = { HABITD_SANDBOX_PAYMENTS: 'instant' };
export const sheet = (page) => page.getByRole('dialog');

/** The console in the bed's language, its operator signed in by a link. */
export async function openConsole(bed, { id = 1 } = {}) {
  const page = await bed.open({ at: new URL(await bed.signInLink(id, ['--admin'])).pathname });
  await page.goto(await bed.signInLink(id, ['--admin']));
  await page.locator('.console main').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the code is still in the address');
  const language = page.getByLabel(bed.t('console.language'));
  if ((await page.evaluate(() => document.documentElement.lang)) !== bed.lang) await bed.select(language, bed.lang);
  return page;
}

/** By the navigation to a section; key: its name. */
export const section = (bed, page, key) => bed.press(page.getByRole('navigation').getByRole('link', { name: bed.t(key), exact: true }));
