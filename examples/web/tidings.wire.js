// SPDX-License-Identifier: BSL-1.0
//
// What tidings.js says and hears on the wire: positions, event streams, messages, hints and close codes.
// Nothing here has a clock, a network or a page.

const TOKEN_CHARS = 24; // position token: 6 topic tag + 10 epoch + 8 offset, base64url
const TAG_CHARS = 6;
const EPOCH_END = 16;

const MAX_EVENT_CHARS = 16 * 1024 * 1024;
export const LONGEST_HINT_MS = 300000; // a server's hint is honoured up to five minutes

/** Failure of a request that the page made: `status` of HTTP, `code` as the endpoint names it. */
export class TidingsError extends Error {
  constructor(message, { status = 0, code = '' } = {}) {
    super(message);
    this.name = 'TidingsError';
    this.status = status;
    this.code = code;
  }
}

/** Token -> its topic tag, the first 6 characters. */
export const tagOf = token => token.slice(0, TAG_CHARS);

/** Is it a position token: exactly 24 base64url characters? */
export const isToken = text => typeof text === 'string' && /^[A-Za-z0-9_-]{24}$/.test(text);

/** Cursor (`1` + tokens) -> array of tokens; a bare token is a cursor of one; garbage -> null. */
export function parseCursor(text) {
  if (isToken(text)) return [text];
  if (typeof text !== 'string' || text[0] !== '1' || text.length % TOKEN_CHARS !== 1) return null;
  const tokens = [];
  for (let at = 1; at < text.length; at += TOKEN_CHARS) {
    const token = text.slice(at, at + TOKEN_CHARS);
    if (!isToken(token)) return null;
    tokens.push(token);
  }
  return tokens;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The one comparison that finds duplicates: another epoch, or a greater offset in the same one. */
export function isNew(kept, token) {
  if (kept === undefined) return true;
  if (kept.slice(TAG_CHARS, EPOCH_END) !== token.slice(TAG_CHARS, EPOCH_END)) return true;
  for (let i = EPOCH_END; i < TOKEN_CHARS; i++) {
    const difference = ALPHABET.indexOf(token[i]) - ALPHABET.indexOf(kept[i]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/**
 * Parser of text/event-stream. Source: WHATWG HTML, "Server-sent events", 9.2.6.
 * `onevent({type, data, id, enc})`, `onretry(ms)`; throws RangeError when one event grows too long.
 */
export class SseParser {
  #rest = '';
  #started = false;
  #skipLineFeed = false;
  #data = null;
  #type = '';
  #enc = '';
  #id = '';
  #size = 0;
  #on;

  constructor({ onevent = () => {}, onretry = () => {}, maxEventChars = MAX_EVENT_CHARS } = {}) {
    this.#on = { onevent, onretry, maxEventChars };
  }

  /** @param {string} text the next piece, cut anywhere, also between CR and LF. */
  push(text) {
    if (text === '') return;
    if (!this.#started && text[0] === '\uFEFF') text = text.slice(1);
    this.#started = true;
    if (this.#skipLineFeed && text !== '') {
      if (text[0] === '\n') text = text.slice(1);
      this.#skipLineFeed = false;
    }
    const all = this.#rest + text;
    let start = 0;
    for (let i = this.#rest.length; i < all.length; i++) {
      const c = all.charCodeAt(i);
      if (c !== 10 && c !== 13) continue;
      this.#line(all.slice(start, i));
      if (c === 13) {
        if (i + 1 === all.length) this.#skipLineFeed = true;
        else if (all.charCodeAt(i + 1) === 10) i++;
      }
      start = i + 1;
    }
    this.#rest = all.slice(start);
    if (this.#rest.length + this.#size > this.#on.maxEventChars) throw new RangeError('event too long');
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value[0] === ' ') value = value.slice(1);
    if (name === 'data') {
      this.#size += value.length + 1;
      if (this.#data === null) this.#data = [];
      this.#data.push(value);
    } else if (name === 'event') this.#type = value;
    else if (name === 'id') {
      if (!value.includes('\0')) this.#id = value;
    } else if (name === 'retry') {
      if (/^[0-9]+$/.test(value)) this.#on.onretry(Number(value));
    } else if (name === 'enc') this.#enc = value; // ours; a plain EventSource ignores it
  }

  #dispatch() {
    const [data, type, enc] = [this.#data, this.#type, this.#enc];
    this.#data = null;
    this.#type = '';
    this.#enc = '';
    this.#size = 0;
    if (data === null) return;
    this.#on.onevent({ type: type || 'message', data: data.join('\n'), id: this.#id, enc });
  }
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Not by `atob`, which mini-programs do not have. */
function bytesOfBase64(text) {
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let [bits, held, count] = [0, 0, 0];
  for (const digit of digits) {
    bits = ((bits << 6) | BASE64.indexOf(digit)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[count++] = (bits >> held) & 0xff;
  }
  return bytes;
}

/** `data` is text as published, or a JSON value that a poll's or socket's answer carries as it is. */
export function makeMessage({ topic, event, data, at, enc, ...more }) {
  return { ...more, topic, at, ...makePayload({ event, data, enc }) };
}

/** What a message and a reply have in common: {event, data, json(), binary?}. */
export function makePayload({ event, data = '', enc }) {
  const embedded = typeof data !== 'string';
  const payload = {
    event: event || 'message',
    data: embedded ? JSON.stringify(data) : data,
    json: () => (embedded ? data : JSON.parse(data)),
  };
  if (enc === 'base64') payload.binary = bytesOfBase64(data);
  return payload;
}

/** A name for a device, 16 characters. */
export function randomName(random) {
  let name = '';
  while (name.length < 16) name += ALPHABET[Math.floor(random() * 64) % 64];
  return name;
}

/** Headers of a refusal -> how long the server wants us away in ms, or null. */
export function hintOf(response, now, random) {
  const exact = response.headers.get('tidings-poll-after');
  if (exact !== null && /^[0-9]+$/.test(exact)) return Math.min(Number(exact), LONGEST_HINT_MS);
  const after = response.headers.get('retry-after');
  if (after === null || after === '') return null;
  const ms = /^[0-9]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now;
  if (!(ms >= 0)) return null;
  // All who were refused in the same second would come back in the same second.
  return Math.min(ms, LONGEST_HINT_MS) * (1 + random() / 10);
}

export const contentType = response => (response.headers.get('content-type') || '').toLowerCase();

// Source: docs/guides/wire.md, "The end". 1005 and 1006 never travel: a close without a code, and none at all.
const CLOSE_RULES = {
  1000: 'stop', // ended as asked
  1001: 'back', // lifetime over
  1002: 'stop',
  1003: 'stop',
  1007: 'stop',
  1009: 'stop',
  1008: 'later', // too much, too fast
  1011: 'later', // a callback of the application threw
  1012: 'told', // the server goes down
  1013: 'told', // overloaded, too slow a reader, or the store failed
  4401: 'renew', // credentials are over
  4503: 'told', // disconnected by the application
};

/**
 * Close code of a WebSocket -> what it asks for: 'stop'; 'back' with the usual jitter; 'later', not at once;
 * 'told', when the server said; 'renew', with new credentials.
 */
export function closeRule(code) {
  return CLOSE_RULES[code] || (code >= 4000 && code <= 4499 ? 'stop' : 'back');
}
