// The methods that tell Telegram how the bot presents itself: commands, menu button, name, descriptions, each by language.
import { violation } from './errors.mjs';

const language = (p) => {
  const code = p.language_code ?? '';
  if (!/^([a-z]{2})?$/.test(code)) throw violation(`language_code must be a two-letter code or empty: ${code}`);
  return code;
};
const scopeKey = (scope = { type: 'default' }) => ['type', 'chat_id', 'user_id'].map((key) => scope[key] ?? '').join('/');

function texts(name, field) {
  return {
    [`set${name}`](fake, p) {
      fake.profile[field].set(language(p), p[field] ?? '');
      return true;
    },
    [`get${name}`]: (fake, p) => ({ [field]: fake.profile[field].get(language(p)) ?? fake.profile[field].get('') ?? '' }),
  };
}

export function newProfile() {
  return { commands: new Map(), menuButtons: new Map(), name: new Map(), description: new Map(), short_description: new Map() };
}

/** The commands that a person with this language sees in a private chat with the bot. */
export function commandsFor(profile, chatId, code = '') {
  const scopes = [{ type: 'chat', chat_id: chatId }, { type: 'all_private_chats' }, { type: 'default' }];
  for (const scope of scopes) {
    for (const lang of [code.slice(0, 2), '']) {
      const found = profile.commands.get(`${scopeKey(scope)}/${lang}`);
      if (found) return found;
    }
  }
  return [];
}

export const methods = {
  ...texts('MyName', 'name'),
  ...texts('MyDescription', 'description'),
  ...texts('MyShortDescription', 'short_description'),

  setMyCommands(fake, p) {
    if (p.commands.length > 100) throw violation('BOT_COMMANDS_TOO_MUCH');
    for (const { command } of p.commands) {
      if (!/^[a-z0-9_]+$/.test(command)) throw violation(`BOT_COMMAND_INVALID: ${command}`);
    }
    if (new Set(p.commands.map((c) => c.command)).size < p.commands.length) throw violation('a command is named twice');
    fake.profile.commands.set(`${scopeKey(p.scope)}/${language(p)}`, p.commands);
    return true;
  },

  deleteMyCommands(fake, p) {
    fake.profile.commands.delete(`${scopeKey(p.scope)}/${language(p)}`);
    return true;
  },

  getMyCommands: (fake, p) => fake.profile.commands.get(`${scopeKey(p.scope)}/${language(p)}`) ?? [],

  setChatMenuButton(fake, p) {
    const button = p.menu_button ?? { type: 'default' };
    if (button.type === 'web_app' && !button.web_app.url.startsWith('https://')) throw violation('menu button: only HTTPS links are allowed');
    fake.profile.menuButtons.set(p.chat_id ?? '', button);
    return true;
  },

  getChatMenuButton: (fake, p) => fake.profile.menuButtons.get(p.chat_id ?? '') ?? fake.profile.menuButtons.get('') ?? { type: 'commands' },
};
