// The methods with which a bot writes: messages, pictures, files, edits, answers to presses.
import { formatted } from './html.mjs';
import { forbidden, refusal, violation } from './errors.mjs';
import { photoSize } from './image.mjs';
import { UploadedFile } from './schema.mjs';

const MAX_BUTTONS = 100;
const MAX_IN_ROW = 8;
const ACTIONS = ['url', 'callback_data', 'web_app', 'login_url', 'switch_inline_query', 'switch_inline_query_current_chat',
  'switch_inline_query_chosen_chat', 'copy_text', 'callback_game', 'pay', 'disabled'];

/** The chat of a call, when the bot may write there. Throws as Telegram refuses. */
export function openChat(fake, chatId) {
  const chat = fake.chat(chatId);
  if (!chat) throw refusal('chat not found');
  if (chat.blocked) throw forbidden(chat.blocked);
  if (!chat.opened) throw forbidden("bot can't initiate conversation with a user");
  return chat;
}

function httpsOnly(url, what) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    throw violation(`${what}: not an address`);
  }
  if (parsed.protocol !== 'https:') throw violation(`${what}: only HTTPS links are allowed`);
}

function checkInlineButton(button, { first, invoice }) {
  if (button.text.trim() === '') throw violation('a button without a text');
  const actions = ACTIONS.filter((name) => button[name] !== undefined);
  if (actions.length !== 1) throw violation(`button "${button.text}" must have exactly one action, not ${actions.length}`);
  if (button.web_app) httpsOnly(button.web_app.url, `button "${button.text}"`);
  if (button.url !== undefined && !/^(https?:\/\/[^\s.]+\S*|tg:\/\/\S+)$/.test(button.url)) throw violation('BUTTON_URL_INVALID');
  if (button.pay && !(first && invoice)) throw violation('a pay button must be the first of an invoice');
}

/** Refuses a reply_markup that Telegram would not show. */
export function checkMarkup(markup, { invoice = false, edit = false } = {}) {
  if (markup === undefined) return;
  if (edit && !markup.inline_keyboard) throw violation('only an inline keyboard can be edited in');
  const rows = markup.inline_keyboard ?? markup.keyboard ?? [];
  if (rows.flat().length > MAX_BUTTONS) throw violation('reply markup is too long');
  rows.forEach((row, y) => {
    if (row.length === 0) throw violation('a row without buttons');
    if (row.length > MAX_IN_ROW) throw violation(`more than ${MAX_IN_ROW} buttons in a row`);
    if (markup.inline_keyboard) row.forEach((button, x) => checkInlineButton(button, { first: x === 0 && y === 0, invoice }));
  });
  if (markup.keyboard && rows.length === 0) throw violation('a keyboard without buttons');
  if (invoice && rows.length > 0 && !rows[0][0].pay) throw violation('the first button of an invoice must be the pay button');
}

/** The text of a parameter as it arrives, within the limit its description states. */
function textOf(fake, method, name, params, entitiesName) {
  const { text, entities } = formatted(params[name], params.parse_mode, params[entitiesName]);
  const { min, max } = fake.validator.paramsOf(method)[name].limit;
  if (text.length < min) throw violation(`message ${name} is empty`);
  if (text.length > max) throw violation(`message ${name} is too long: ${text.length} characters, at most ${max}`);
  return { text, entities };
}

const withEntities = (key, entities) => (entities.length > 0 ? { [key]: entities } : {});

function textContent(fake, method, params) {
  const { text, entities } = textOf(fake, method, 'text', params, 'entities');
  return { text, ...withEntities('entities', entities) };
}

function captionContent(fake, method, params) {
  if (params.caption === undefined) return {};
  const { text, entities } = textOf(fake, method, 'caption', params, 'caption_entities');
  return text === '' ? {} : { caption: text, ...withEntities('caption_entities', entities) };
}

function replyTo(chat, reply) {
  if (reply === undefined) return {};
  const target = chat.get(reply.message_id);
  if (target) return { reply_to_message: { ...target.api, reply_to_message: undefined } };
  if (reply.allow_sending_without_reply) return {};
  throw refusal('message to be replied not found');
}

function applyKeyboard(chat, markup) {
  if (markup?.keyboard) chat.keyboard = markup.keyboard;
  else if (markup?.remove_keyboard) chat.keyboard = null;
}

/** Puts a message of the bot into a chat: checked, counted against the limits, shown. */
export function send(fake, method, params, content, { invoice = false } = {}) {
  checkMarkup(params.reply_markup, { invoice });
  const chat = openChat(fake, params.chat_id);
  fake.countMessage(chat.id, method);
  const reply = replyTo(chat, params.reply_parameters);
  applyKeyboard(chat, params.reply_markup);
  const markup = params.reply_markup?.inline_keyboard ? { reply_markup: params.reply_markup } : {};
  const message = chat.add({ ...content(chat), ...reply, ...markup }, { byBot: true, from: fake.me });
  message.silent = params.disable_notification === true;
  message.method = method;
  return message.api;
}

function knownFile(fake, id, kind) {
  const file = fake.files.get(id);
  if (!file) throw violation('wrong file identifier/HTTP URL specified');
  if (file.kind !== kind) throw violation(`can't use file of type ${file.kind} as ${kind}`);
  return { file_id: id, file_unique_id: file.unique, file_size: file.bytes.length };
}

function photoContent(fake, photo) {
  if (!(photo instanceof UploadedFile)) {
    const known = knownFile(fake, photo, 'photo');
    return { photo: [{ ...known, ...photoSize(fake.files.get(photo).bytes) }] };
  }
  const size = photoSize(photo.bytes);
  return { photo: [{ ...fake.files.add(photo.bytes, { name: photo.name, kind: 'photo', type: photo.type }), ...size }] };
}

function documentContent(fake, document) {
  if (!(document instanceof UploadedFile)) {
    const { name, type } = fake.files.get(document) ?? {};
    return { document: { ...knownFile(fake, document, 'document'), file_name: name, ...(type ? { mime_type: type } : {}) } };
  }
  if (document.bytes.length > 50 << 20) throw refusal('file is too big: at most 50 MB');
  if (document.bytes.length === 0) throw violation('file must be non-empty');
  if (!document.name) throw violation('a file without a name');
  const type = document.type ?? 'application/octet-stream';
  const file = fake.files.add(document.bytes, { name: document.name, type });
  return { document: { ...file, file_name: document.name, mime_type: type } };
}

/** The message of the bot that a call wants to edit. */
function editable(fake, params) {
  if (params.chat_id === undefined || params.message_id === undefined) throw violation('message identifier is not specified');
  const chat = openChat(fake, params.chat_id);
  fake.countMessage(chat.id, 'edit');
  const message = chat.get(params.message_id);
  if (!message) throw refusal('message to edit not found');
  if (!message.byBot) throw violation("message can't be edited");
  return { chat, message };
}

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Applies an edit; one that changes nothing is refused as Telegram does. Keys of `content` that are undefined vanish. */
function edit({ chat, message }, content, markup) {
  const next = { ...content, reply_markup: markup?.inline_keyboard.length > 0 ? markup : undefined };
  const parts = Object.keys(next).filter((key) => key !== 'photo' && key !== 'document');
  const replaced = ['photo', 'document'].some((key) => key in next && next[key] !== undefined
    && !same([next[key]].flat().at(-1)?.file_unique_id, [message.api[key]].flat().at(-1)?.file_unique_id));
  if (!replaced && parts.every((key) => same(next[key], message.api[key]))) {
    throw refusal('message is not modified: specified new message content and reply markup are exactly the same as a current content '
      + 'and reply markup of the message');
  }
  return chat.edit(message, next).api;
}

export const methods = {
  sendMessage: (fake, p) => send(fake, 'sendMessage', p, ((content) => () => content)(textContent(fake, 'sendMessage', p))),

  sendPhoto(fake, p) {
    const caption = captionContent(fake, 'sendPhoto', p);
    return send(fake, 'sendPhoto', p, () => ({ ...photoContent(fake, p.photo), ...caption }));
  },

  sendDocument(fake, p) {
    const caption = captionContent(fake, 'sendDocument', p);
    return send(fake, 'sendDocument', p, () => ({ ...documentContent(fake, p.document), ...caption }));
  },

  sendChatAction(fake, p) {
    openChat(fake, p.chat_id).action = p.action;
    return true;
  },

  editMessageText(fake, p) {
    const content = p.text === undefined ? undefined : textContent(fake, 'editMessageText', p);
    checkMarkup(p.reply_markup, { edit: true });
    const target = editable(fake, p);
    if (!content) throw violation('the fake edits text only');
    if (target.message.api.text === undefined) throw violation('there is no text in the message to edit');
    return edit(target, { entities: undefined, ...content }, p.reply_markup);
  },

  editMessageCaption(fake, p) {
    const content = captionContent(fake, 'editMessageCaption', p);
    checkMarkup(p.reply_markup, { edit: true });
    const target = editable(fake, p);
    if (!target.message.api.photo && !target.message.api.document) throw violation('there is no caption in the message to edit');
    return edit(target, { caption: undefined, caption_entities: undefined, ...content }, p.reply_markup);
  },

  editMessageMedia(fake, p) {
    const { media } = p;
    const caption = captionContent(fake, 'sendPhoto', media); // the media objects state the same limit
    checkMarkup(p.reply_markup, { edit: true });
    if (media.type !== 'photo' && media.type !== 'document') throw violation(`the fake knows no media of type ${media.type}`);
    const target = editable(fake, p);
    const content = media.type === 'photo' ? photoContent(fake, media.media) : documentContent(fake, media.media);
    const none = { text: undefined, entities: undefined, photo: undefined, document: undefined, caption: undefined,
      caption_entities: undefined };
    return edit(target, { ...none, ...content, ...caption }, p.reply_markup);
  },

  editMessageReplyMarkup(fake, p) {
    checkMarkup(p.reply_markup, { edit: true });
    return edit(editable(fake, p), {}, p.reply_markup);
  },

  deleteMessage(fake, p) {
    const chat = openChat(fake, p.chat_id);
    const message = chat.get(p.message_id);
    if (!message) throw refusal('message to delete not found');
    if (Date.now() / 1000 - message.api.date > 48 * 3600) throw refusal("message can't be deleted for everyone");
    chat.remove(message);
    return true;
  },

  answerCallbackQuery(fake, p) {
    const press = fake.presses.get(p.callback_query_id);
    if (!press || press.answered || press.expired) throw refusal('query is too old and response timeout expired or query ID is invalid');
    press.take({ text: p.text ?? '', alert: p.show_alert === true, url: p.url });
    return true;
  },

  leaveChat(fake, p) {
    const chat = openChat(fake, p.chat_id);
    if (chat.api.type === 'private') throw violation("chat member status can't be changed in private chats");
    chat.blocked = `bot is not a member of the ${chat.api.type} chat`;
    chat.left = true;
    fake.changed();
    return true;
  },

  getFile(fake, p) {
    const file = fake.files.get(p.file_id);
    if (!file) throw violation('wrong file_id or the file is temporarily unavailable');
    if (file.bytes.length > 20 << 20) throw refusal('file is too big');
    return { file_id: p.file_id, file_unique_id: file.unique, file_size: file.bytes.length, file_path: file.path };
  },
};
