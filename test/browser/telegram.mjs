// Telegram around the Mini App: what it opens the page with, a web view whose words are kept, and the Bot API's double behind the bot.
import { sign } from '@telegram-apps/init-data-node';
import { startFakeBotApi } from '../blackbox/bot_api_fake.mjs';
import { PATIENCE } from './bed.mjs';

const TOKEN = '7000000001:AAEexampleexampleexampleexample0001';
export const COLORS = { bg_color: '#17212b', secondary_bg_color: '#232e3c', text_color: '#f5f5f5' };

/** The fragment that Telegram opens the page with. */
export const launch = (user, { age = 0, token = TOKEN, version = '8.0' } = {}) => `#${new URLSearchParams({
  tgWebAppData: sign({ user }, token, new Date(Date.now() - age * 3600e3)), tgWebAppVersion: version, tgWebAppPlatform: 'android',
  tgWebAppThemeParams: JSON.stringify(COLORS) })}`;

/** A web view of Telegram: what the page says is kept, and the test speaks for Telegram. */
export const webView = () => {
  window.said = [];
  window.TelegramWebviewProxy = { postEvent: (type, data) => window.said.push([type, JSON.parse(data)]) };
};

/** The server again, with a bot. said: what the page told Telegram; tell: Telegram tells the page. */
export async function telegram(bed) {
  const fake = await startFakeBotApi({ token: TOKEN, deadlineMs: PATIENCE });
  bed.bench.t.after(() => fake.stop({ check: false }));
  await bed.server.stop();
  bed.server = await bed.bench.serve({ env: { ...bed.env, ...fake.env } });
  const said = (page, type) => page.evaluate((wanted) => window.said.filter(([t]) => t === wanted).map(([, data]) => data), type);
  const tell = (page, type, data = {}) => page.evaluate(([t, d]) => window.Telegram.WebView.receiveEvent(t, d), [type, data]);
  return { fake, said, tell };
}
