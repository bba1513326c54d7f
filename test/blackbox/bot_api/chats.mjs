// What the chats hold, as the people in them would see it.
import { randomBytes } from 'node:crypto';

/** A message of a chat. `api` is the object the Bot API shows; the rest is what tests ask for. */
export class ChatMessage {
  constructor(chat, api, byBot) {
    this.chat = chat;
    this.api = api;
    this.byBot = byBot;
    this.deleted = false;
    this.edits = 0;
    this.touch();
  }

  touch() {
    this.changedAt = ++this.chat.revision;
  }

  get id() {
    return this.api.message_id;
  }

  /** What a person reads: the text or the caption, without mark-up. */
  get text() {
    return this.api.text ?? this.api.caption ?? '';
  }

  get entities() {
    return this.api.entities ?? this.api.caption_entities ?? [];
  }

  /** Inline buttons, row by row. */
  get buttons() {
    return this.api.reply_markup?.inline_keyboard ?? [];
  }

  /** The bytes of its photo (in full size) or document. */
  get bytes() {
    const { api } = this;
    const id = api.photo?.at(-1).file_id ?? api.document?.file_id;
    return this.chat.fake.files.get(id)?.bytes;
  }

  toString() {
    const { api } = this;
    const who = this.byBot ? 'bot' : api.from?.first_name ?? '?';
    const parts = [];
    if (api.photo) parts.push(`(photo ${api.photo.at(-1).width}x${api.photo.at(-1).height})`);
    if (api.document) parts.push(`(file ${api.document.file_name}, ${api.document.file_size} bytes)`);
    if (api.location) parts.push(`(location ${api.location.latitude} ${api.location.longitude})`);
    if (api.invoice) parts.push(`(invoice ${api.invoice.title}: ${api.invoice.total_amount} ${api.invoice.currency})`);
    if (api.successful_payment) parts.push(`(paid ${api.successful_payment.total_amount} ${api.successful_payment.currency})`);
    if (api.refunded_payment) parts.push(`(refunded ${api.refunded_payment.total_amount} ${api.refunded_payment.currency})`);
    if (this.text) parts.push(this.text);
    const head = `${who}: `;
    const lines = parts.join('\n').split('\n').map((line, i) => (i === 0 ? head : ' '.repeat(head.length)) + line);
    for (const row of this.buttons) lines.push(' '.repeat(head.length) + row.map((b) => `[${b.text}]`).join(' '));
    return lines.join('\n');
  }
}

export class Chat {
  /** api: {id, type, …} as the Bot API shows a chat. */
  constructor(fake, api) {
    this.fake = fake;
    this.api = api;
    this.all = new Map();
    this.revision = 0;
    this.keyboard = null; // the reply keyboard, rows of buttons
    this.opened = false; // the bot may write here
    this.blocked = null; // the text of the 403 it gets instead
  }

  get id() {
    return this.api.id;
  }

  get(messageId) {
    const found = this.all.get(messageId);
    return found?.deleted ? undefined : found;
  }

  /** The messages that are there now, oldest first. */
  get messages() {
    return [...this.all.values()].filter((m) => !m.deleted);
  }

  add(content, { byBot, from, date = Math.floor(Date.now() / 1000) }) {
    const api = { message_id: this.fake.nextMessageId(this), ...(from ? { from } : {}), chat: this.api, date, ...content };
    const message = new ChatMessage(this, api, byBot);
    this.all.set(api.message_id, message);
    this.fake.changed();
    return message;
  }

  edit(message, content) {
    message.api = { ...message.api, ...content, edit_date: Math.floor(Date.now() / 1000) };
    for (const [key, value] of Object.entries(message.api)) if (value === undefined) delete message.api[key];
    message.edits++;
    message.touch();
    this.fake.changed();
    return message;
  }

  remove(message) {
    message.deleted = true;
    message.touch();
    this.fake.changed();
  }

  /** The chat as text: every message with its buttons, then the reply keyboard. */
  screen() {
    const lines = this.messages.map(String);
    if (this.keyboard) lines.push(this.keyboard.map((row) => row.map((b) => `{${b.text}}`).join(' ')).join('\n'));
    return lines.join('\n');
  }
}

/** What people and the bot have uploaded, by file id. */
export class Files {
  constructor() {
    this.byId = new Map();
  }

  get(id) {
    return this.byId.get(id);
  }

  /** Keeps a file; the object with which the Bot API speaks of it: {file_id, file_unique_id, file_size}. */
  add(bytes, { name = 'file', kind = 'document', type } = {}) {
    const id = `${kind === 'photo' ? 'AgAC' : 'BQAC'}${randomBytes(24).toString('base64url')}`;
    const unique = `AQAD${randomBytes(8).toString('base64url')}`;
    const folder = kind === 'photo' ? 'photos' : 'documents';
    const safe = name.replace(/[^\w.-]+/g, '_');
    const path = `${folder}/file_${this.byId.size}${/\.\w+$/.exec(safe)?.[0] ?? ''}`;
    this.byId.set(id, { bytes, name, kind, type, unique, path });
    return { file_id: id, file_unique_id: unique, file_size: bytes.length };
  }

  byPath(path) {
    return [...this.byId.values()].find((f) => f.path === path);
  }
}
