// SPDX-License-Identifier: BSL-1.0
//
// The demo page: four clients on one endpoint, a bell, an operator's form, a support chat and the ledger.
// `window.demo` shows tests what the page knows; see the end of this file.

import { connect } from '/web/tidings.js';

const WAYS = [
  { way: 'short-poll', name: 'Short poll', cost: 'Asks again and again. Runs everywhere.' },
  { way: 'long-poll', name: 'Long poll', cost: 'Asks once, the answer waits for news.' },
  { way: 'sse', name: 'Server-sent events', cost: 'One answer that never ends.' },
  {
    way: 'websocket', name: 'WebSocket', cost: 'Both ways on one line. Falls back where it is blocked.',
    transports: ['websocket', 'sse', 'long-poll', 'short-poll'],
  },
];
// Not more: a browser grants a host six connections over HTTP/1.1, and where there is no WebSocket streams would take them.
const TALK_TRANSPORTS = ['websocket', 'short-poll'];
const TALKERS = [
  { name: 'dora', role: 'Customer', title: 'Dora', first: 'The label printer is offline again.' },
  { name: 'kim', role: 'Agent', title: 'Kim', first: 'Good morning, what can I do?', rooms: ['dora', 'emil'] },
  { name: 'emil', role: 'Customer', title: 'Emil', first: 'Where is my delivery?' },
];
const STATES = ['pending', 'written', 'delivered', 'seen', 'skipped', 'failed'];
const STATE_WORDS = {
  connecting: 'connecting', open: 'connected', waiting: 'waiting', stopped: 'stopped', closed: 'closed', paused: 'paused',
};
const TRANSPORT_WORDS = { websocket: 'WebSocket', sse: 'SSE', 'long-poll': 'long poll', 'short-poll': 'short poll' };
const TITLES = [
  'Replace the pump seal on line 4', 'Calibrate the scale in hall 2', 'Check the crane rope before the night shift',
  'Refill coolant at mill 7', 'Release batch 2291 for shipping', 'Inspect the fire door in block C',
];
const REFRESH_MS = 2000;
const PROBE_MS = 6000; // not sooner: the server pings only who is silent
const RETURN_MS = 16000; // a client does not try WebSocket again sooner than ten seconds after it failed
const CHART_MS = 60000;

const by = id => document.getElementById(id);
const user = new URLSearchParams(location.search).get('user') || 'alice';
const headers = { Authorization: `Bearer demo-${user}` };
const clock = time => new Date(time).toLocaleTimeString([], { hour12: false });

function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function span(ms) {
  if (ms < 1) return '<1 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
  if (ms < 3600000) return `${Math.floor(ms / 60000)} min`;
  return `${Math.floor(ms / 3600000)} h`;
}

const trip = ms => (ms < 10 ? `${ms.toFixed(1)} ms` : span(ms));
const size = bytes => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`);
const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/** A badge that says what carries a client now. */
function showVia(badge, transport) {
  badge.hidden = !transport;
  badge.dataset.way = transport || '';
  badge.textContent = TRANSPORT_WORDS[transport] || '';
}

/** The id of a client's session: streams know their own, a poller is found by its device. */
async function sessionOf(client, name) {
  if (client.session) return client.session;
  const { sessions } = await api('/api/sessions');
  const mine = sessions.find(session => session.device === client.device);
  if (!mine) throw new Error(`${name} has no session now`);
  return mine.id;
}

/** How far away the server is, over the socket, again and again. */
function measure(client, show) {
  const probe = async () => {
    if (client.transport !== 'websocket' || client.state !== 'open') return show(null);
    if (document.visibilityState === 'hidden') return;
    const from = performance.now();
    await client.probe().then(() => show(performance.now() - from), () => show(null));
  };
  client.on('open', () => void probe());
  setInterval(probe, PROBE_MS);
}

async function api(path, body) {
  const init = body === undefined ? { headers } : {
    method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  };
  try {
    const response = await fetch(path, { ...init, cache: 'no-store' });
    by('offline').hidden = true;
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    return await response.json().catch(() => ({}));
  } catch (error) {
    if (error instanceof TypeError) by('offline').hidden = false;
    throw error;
  }
}

// ---- the chart: time to the right, latency upwards on a logarithmic scale -------------------------

class Chart {
  static FLOOR = 1;
  static CEILING = 60000;
  points = [];
  marks = [];

  constructor(canvas) {
    this.canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  add(latency, late) {
    this.points.push({ at: Date.now(), latency, late });
    this.draw();
  }

  /** A gap is a moment; an outage is open until `to` is set. */
  mark(kind) {
    const mark = { kind, at: Date.now(), to: null };
    this.marks.push(mark);
    this.draw();
    return mark;
  }

  get moving() {
    const last = this.points[this.points.length - 1];
    const mark = this.marks[this.marks.length - 1];
    const since = Date.now() - CHART_MS - 1000;
    return last?.at > since || (mark && (mark.to || mark.at) > since) || (mark?.kind === 'outage' && !mark.to);
  }

  height(latency) {
    const range = Math.log10(Chart.CEILING / Chart.FLOOR);
    const part = Math.log10(Math.min(Math.max(latency, Chart.FLOOR), Chart.CEILING) / Chart.FLOOR) / range;
    return this.bottom - part * (this.bottom - 8);
  }

  draw() {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext('2d');
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    const colours = Object.fromEntries(['tone', 'soft', 'line', 'alarm', 'card'].map(name => [name, style.getPropertyValue(`--${name}`)]));
    this.bottom = height - 8;
    const left = 44;
    const right = width - 8;
    const now = Date.now();
    const x = at => right - ((now - at) / CHART_MS) * (right - left);
    this.points = this.points.filter(point => now - point.at < CHART_MS);
    this.marks = this.marks.filter(mark => now - (mark.to || now) < CHART_MS && (mark.kind === 'outage' || now - mark.at < CHART_MS));
    this.#grid(pen, colours, left, right);
    this.#marks(pen, colours, x, left, right);
    this.#points(pen, colours, x);
  }

  #grid(pen, colours, left, right) {
    pen.font = '11px system-ui, sans-serif';
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (const [latency, label] of [[10, '10 ms'], [100, '0.1 s'], [1000, '1 s'], [10000, '10 s']]) {
      const y = Math.round(this.height(latency)) + 0.5;
      pen.strokeStyle = colours.line;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(right, y);
      pen.stroke();
      pen.fillStyle = colours.soft;
      pen.fillText(label, left - 7, y);
    }
  }

  #marks(pen, colours, x, left, right) {
    for (const mark of this.marks) {
      const from = Math.max(left, x(mark.at));
      if (mark.kind === 'outage') {
        const to = mark.to ? x(mark.to) : right;
        pen.globalAlpha = 0.16;
        pen.fillStyle = colours.soft;
        pen.fillRect(from, 4, Math.max(2, to - from), this.bottom - 2);
        pen.globalAlpha = 1;
        continue;
      }
      pen.strokeStyle = pen.fillStyle = colours.alarm;
      pen.lineWidth = 1.5;
      pen.setLineDash([4, 3]);
      pen.beginPath();
      pen.moveTo(from, 4);
      pen.lineTo(from, this.bottom + 2);
      pen.stroke();
      pen.setLineDash([]);
      pen.textAlign = from > right - 34 ? 'right' : 'left';
      pen.font = '600 11px system-ui, sans-serif';
      pen.fillText('gap', from + (from > right - 34 ? -5 : 5), 11);
    }
  }

  #points(pen, colours, x) {
    pen.lineWidth = 1.5;
    for (const { at, latency, late } of this.points) {
      const [px, py] = [x(at), this.height(latency)];
      pen.strokeStyle = pen.fillStyle = colours.tone;
      pen.globalAlpha = 0.28;
      pen.beginPath();
      pen.moveTo(px, this.bottom);
      pen.lineTo(px, py);
      pen.stroke();
      pen.globalAlpha = 1;
      pen.beginPath();
      pen.arc(px, py, 3.2, 0, 2 * Math.PI);
      // Caught up after an outage: hollow.
      pen.fillStyle = late ? colours.card : colours.tone;
      pen.fill();
      pen.stroke();
    }
  }
}

// ---- one panel: one client, one transport -----------------------------------------------------------

class Panel {
  received = [];
  messages = [];
  gaps = [];
  events = [];
  resumes = 0;
  duplicates = 0;
  disorder = 0;
  transport = null;
  transports = [];
  state = 'connecting';
  paused = false;
  roundTrip = null;
  #latencies = [];
  #outage = null;
  #caughtUp = 0;
  #highest = new Map();

  constructor({ way, name, cost, transports = [way] }) {
    this.way = way;
    this.name = name;
    this.root = by('panel').content.firstElementChild.cloneNode(true);
    this.root.dataset.way = way;
    this.root.dataset.testid = `panel-${way}`;
    for (const part of ['state', 'via', 'cost', 'count', 'latency', 'median', 'trip', 'chart', 'log', 'cut', 'pause']) {
      this[part + 'Element'] = this.root.querySelector(`.${part}`);
      this[part + 'Element'].dataset.testid = `panel-${way}-${part}`;
    }
    this.root.querySelector('h3').textContent = name;
    this.costElement.textContent = cost;
    by('panels').append(this.root);
    this.chart = new Chart(this.chartElement);
    this.cutElement.onclick = () => act(() => this.cut());
    this.pauseElement.onclick = () => act(() => this.pause(!this.paused));
    this.client = connect('/push', {
      topics: ['orders'],
      transports,
      token: async () => `demo-${user}`,
      onmessage: message => this.#message(message),
      ongap: gap => this.#gap(gap),
      onopen: open => this.#opened(open),
      onstate: state => this.#changed(state),
      ontransport: change => this.#moved(change),
      onerror: problem => this.say(`Problem: ${problem.kind} ${problem.status || problem.error || ''}`, 'gap'),
    });
    measure(this.client, ms => {
      this.roundTrip = ms;
      this.tripElement.textContent = ms === null ? '–' : trip(ms);
    });
    this.show();
  }

  #moved({ transport, previous, reason }) {
    this.transport = transport;
    this.transports.push(transport);
    if (transport === this.way && previous) this.say(`Back on ${TRANSPORT_WORDS[transport]}.`, 'good');
    else if (transport !== this.way) this.say(`Goes on with ${TRANSPORT_WORDS[transport]}: ${reason}.`, 'gap');
    this.show();
  }

  #message(message) {
    const { seq, title, sent } = message.json();
    const now = performance.timeOrigin + performance.now();
    const latency = Math.max(0, now - sent);
    const late = this.openedAt !== undefined && sent < this.openedAt;
    if (this.received.includes(seq)) this.duplicates++;
    if (seq < (this.#highest.get(message.topic) ?? -1)) this.disorder++;
    this.#highest.set(message.topic, seq);
    this.received.push(seq);
    this.messages.push({ seq, topic: message.topic, title, latency, late });
    this.#latencies = [...this.#latencies.slice(-199), latency];
    if (late) this.#caughtUp++;
    this.chart.add(latency, late);
    this.latencyElement.textContent = span(latency);
    this.medianElement.textContent = span([...this.#latencies].sort((a, b) => a - b)[Math.floor(this.#latencies.length / 2)]);
    this.countElement.textContent = this.received.length;
    books.soon();
  }

  #gap(gap) {
    this.gaps.push(gap);
    this.chart.mark('gap');
    this.say(`Gap in ${gap.topics.join(', ')}: the log no longer holds what this reader missed. A page now reads its list anew.`, 'gap');
  }

  #opened({ resumed }) {
    this.openedAt = performance.timeOrigin + performance.now();
    if (this.#outage) {
      this.#outage.to = Date.now();
      this.say(`Back after ${span(this.#outage.to - this.#outage.at)}, goes on behind its cursor.`);
      this.#outage = null;
    } else this.say(resumed ? 'Connected again, goes on behind its cursor.' : 'Connected.');
    this.setPaused(false);
    this.#caughtUp = 0;
    if (!resumed) return;
    this.resumes++;
    setTimeout(() => {
      if (this.#caughtUp > 0) this.say(`Caught up: ${count(this.#caughtUp, 'message')}, none lost, none twice.`, 'good');
      this.#caughtUp = 0;
    }, 600);
  }

  #changed({ state, reason, retryInMs }) {
    this.state = state;
    if (state === 'waiting') {
      if (!this.#outage) this.#outage = this.chart.mark('outage');
      this.say(`Connection lost (${reason}). Tries again in ${span(retryInMs)}.`);
    }
    this.show();
  }

  setPaused(paused) {
    this.paused = paused;
    this.show();
  }

  show() {
    const shown = this.paused && this.state === 'open' ? 'paused' : this.state;
    this.stateElement.dataset.state = shown;
    this.stateElement.textContent = STATE_WORDS[shown];
    showVia(this.viaElement, this.transport);
    this.pauseElement.textContent = this.paused ? 'Resume reader' : 'Pause reader';
    this.pauseElement.setAttribute('aria-pressed', String(this.paused));
  }

  say(text, kind = '') {
    this.events.push({ at: Date.now(), text, kind });
    const line = element('li');
    const time = element('time', '', clock(Date.now()));
    line.append(time, element('span', kind, text));
    this.logElement.prepend(line);
    while (this.logElement.children.length > 40) this.logElement.lastElementChild.remove();
  }

  async cut() {
    const id = await sessionOf(this.client, this.name);
    this.say(this.transport === 'short-poll' ? 'Session cut. The next poll brings its cursor along.' : 'Session cut.');
    this.setPaused(false);
    await api('/api/sessions/cut', { id });
  }

  async pause(paused) {
    await api('/api/sessions/pause', { id: await sessionOf(this.client, this.name), paused });
    this.setPaused(paused);
    this.say(paused ? 'Reader paused: the server writes nothing to it.' : 'Reader resumed.');
  }
}

// ---- reviewer: the bell rides on the client of the fourth panel ---------------------------------------

class Bell {
  unread = 0;
  items = [];
  rings = 0;
  #timer = null;

  constructor(client) {
    this.client = client;
    client.on('unread', unread => this.#number(unread));
    client.on('message', message => message.topic === `@${user}` && this.ring());
    client.on('gap', gap => gap.topics.includes(`@${user}`) && this.soon());
    client.on('open', () => this.soon());
    by('mark-all').onclick = () => act(() => this.seen('all'));
    by('bell').onclick = () => {
      const open = by('bell').getAttribute('aria-expanded') !== 'true';
      by('bell').setAttribute('aria-expanded', String(open));
      this.show();
    };
    this.show();
  }

  #number(unread) {
    this.unread = unread;
    this.show();
    this.soon();
  }

  ring() {
    this.rings++;
    by('bell').classList.remove('rings');
    void by('bell').offsetWidth; // starts the animation anew
    by('bell').classList.add('rings');
    this.soon();
  }

  /** One question for a burst of news. */
  soon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      act(() => this.refresh());
    }, 120);
  }

  async refresh() {
    const { messages, unread } = await this.client.inbox({ limit: 30 });
    this.items = messages;
    this.unread = unread;
    this.show();
  }

  async seen(what) {
    await this.client.seen(what);
    await this.refresh();
    books.soon();
  }

  show() {
    const open = by('bell').getAttribute('aria-expanded') === 'true';
    by('badge').hidden = this.unread === 0;
    by('badge').textContent = this.unread > 99 ? '99+' : this.unread;
    by('bell').setAttribute('aria-label', `Inbox, ${this.unread} unread`);
    by('mark-all').disabled = this.unread === 0;
    document.title = this.unread > 0 ? `(${this.unread}) tidings` : 'tidings';
    by('inbox').hidden = !open || this.items.length === 0;
    by('inbox-empty').hidden = this.items.length > 0;
    const known = new Set([...by('inbox').children].map(row => row.dataset.at));
    by('inbox').replaceChildren(...this.items.map(item => this.#row(item, known.size > 0 && !known.has(item.at))));
  }

  #row(item, fresh) {
    const row = element('li', `${item.seen ? 'read' : 'unread'}${fresh ? ' fresh' : ''}`);
    row.dataset.at = item.at;
    row.dataset.testid = 'inbox-item';
    const button = element('button');
    button.dataset.testid = 'mark-seen';
    button.title = 'Mark as read';
    button.setAttribute('aria-label', 'Mark as read');
    button.innerHTML = '<svg aria-hidden="true"><use href="#icon-check"/></svg>';
    button.onclick = () => act(() => this.seen(item));
    row.append(element('span', 'dot'), element('span', 'what', item.json().title), element('time', '', clock(item.time)), button);
    return row;
  }
}

// ---- the support chat: two customers, each in a room, and an agent in both ----------------------------

class Talker {
  heard = []; // in the order of publication: {from, text, id, room}
  pending = []; // said, and not heard yet: {id, to, text, number, problem}
  transport = null;
  transports = [];
  state = 'connecting';
  roundTrip = null;
  #last = Promise.resolve();
  #said = 0;

  constructor({ name, role, title, first, rooms }) {
    this.name = name;
    this.root = by('talker').content.firstElementChild.cloneNode(true);
    this.root.dataset.testid = `chat-${name}`;
    for (const part of ['state', 'via', 'said', 'to', 'text', 'trip', 'cut']) {
      this[part + 'Element'] = this.root.querySelector(`.${part}`);
      this[part + 'Element'].dataset.testid = `chat-${name}-${part}`;
    }
    this.root.querySelector('.role').textContent = role;
    this.root.querySelector('h3').textContent = title;
    this.toElement.hidden = !rooms;
    for (const room of rooms || [name]) this.toElement.add(new Option(`to ${room}`, room));
    this.textElement.value = first;
    this.root.querySelector('form').onsubmit = submit => {
      submit.preventDefault();
      act(() => this.say(this.textElement.value, this.toElement.value));
      this.textElement.value = '';
    };
    this.cutElement.onclick = () => act(() => this.cut());
    by('chat').append(this.root);
    this.client = connect('/push', {
      transports: TALK_TRANSPORTS,
      token: async () => `demo-${name}`,
      from: 'start', // what was said before the page was here
      onmessage: message => this.#message(message),
      onstate: ({ state }) => this.#show(Object.assign(this, { state })),
      ontransport: ({ transport }) => this.#show(Object.assign(this, { transport }).transports.push(transport)),
      onerror: () => {}, // what concerns a message is shown with it
    });
    measure(this.client, ms => {
      this.roundTrip = ms;
      this.tripElement.textContent = ms === null ? '' : `round trip ${trip(ms)}`;
    });
    this.#show();
  }

  #message(message) {
    const { from, text, id } = message.json();
    const room = message.topic.replace('room/', '');
    this.heard.push({ from, text, id, room });
    this.pending = this.pending.filter(each => each.id !== id);
    if (from !== this.name) this.toElement.value = room;
    this.#showSaid();
  }

  /** One after another, so that they stay in order. @returns when the server has numbered it. */
  say(text, to = this.name) {
    const entry = { id: `${this.client.device}-${++this.#said}`, to, text, number: null, problem: '' };
    this.pending.push(entry);
    this.#showSaid();
    this.#last = this.#last.then(() => this.#deliver(entry));
    return this.#last;
  }

  async #deliver(entry) {
    const { id, to, text } = entry;
    while (entry.number === null && !entry.problem) {
      try {
        entry.number = (await this.client.send('say', { id, to, text })).json().number;
      } catch (error) {
        // Nobody knows whether it arrived: said again with its id, it is not published twice.
        const lost = error.code === 'connection_lost' || error.code === 'timeout' || !error.code || error.status >= 429;
        if (lost && error.status !== 422) await sleep(300);
        else entry.problem = error.message;
      }
    }
    this.#showSaid();
  }

  async cut() {
    await api('/api/sessions/cut', { id: await sessionOf(this.client, this.name) });
  }

  #show() {
    this.stateElement.dataset.state = this.state;
    this.stateElement.textContent = STATE_WORDS[this.state];
    showVia(this.viaElement, this.transport);
  }

  #showSaid() {
    const rows = this.heard.slice(-60).map(({ from, text, room }) => this.#row(from, room, text));
    for (const { to, text, problem, number } of this.pending) {
      rows.push(this.#row(this.name, to, text, problem ? 'refused' : 'pending', problem || (number ? `number ${number}` : 'on its way')));
    }
    this.saidElement.replaceChildren(...rows);
    this.saidElement.scrollTop = this.saidElement.scrollHeight;
  }

  #row(from, room, text, kind = '', note = '') {
    const own = from === this.name;
    const row = element('li', `${own ? 'own' : ''} ${kind}`);
    const who = this.toElement.hidden ? from : own ? `to ${room}` : from;
    row.append(element('span', 'who', note ? `${who}, ${note}` : who), element('span', 'words', text));
    return row;
  }
}

// ---- the ledger and the table of sessions -----------------------------------------------------------

const books = {
  publications: [],
  sessions: [],
  timer: null,

  /** Soon after something happened, and again and again while the page is seen. */
  soon(ms = 350) {
    this.timer ??= setTimeout(async () => {
      this.timer = null;
      if (document.visibilityState !== 'hidden') await this.refresh().catch(() => {});
      this.soon(REFRESH_MS);
    }, ms);
    if (ms < REFRESH_MS && this.waits) {
      clearTimeout(this.timer);
      this.timer = null;
      this.waits = false;
      return this.soon(ms);
    }
    this.waits = ms >= REFRESH_MS;
  },

  async refresh() {
    const [{ publications }, { sessions, server, blocked }] = await Promise.all([api('/api/publications?limit=12'), api('/api/sessions')]);
    Object.assign(this, { publications, sessions, server, blocked });
    this.showPublications();
    this.showSessions();
    this.showServer();
  },

  showServer() {
    by('server').textContent = this.server.note;
    by('block').disabled = !this.server.websocket || by('block').classList.contains('busy');
    by('block').setAttribute('aria-pressed', String(this.blocked));
    by('block').textContent = this.blocked ? 'Allow WebSocket' : 'Block WebSocket';
    by('block').title = this.server.websocket ? '' : 'This server has none.';
  },

  showPublications() {
    by('publications-empty').hidden = this.publications.length > 0;
    by('publications').replaceChildren(...this.publications.map(publication => {
      const row = element('li');
      row.dataset.testid = 'publication';
      row.dataset.id = publication.id;
      const line = element('div', 'line');
      line.append(element('span', 'what', publication.title), element('span', 'topic', publication.topic), element('time', '', clock(publication.time)));
      row.append(line, bar(publication.counts), fate(publication));
      return row;
    }));
  },

  showSessions() {
    const own = new Set([...page.panels.values(), ...page.chat.values()].map(({ client }) => client.device));
    const order = [...this.sessions].sort((a, b) => own.has(b.device) - own.has(a.device) || a.since - b.since);
    by('sessions').replaceChildren(...order.map(session => {
      const row = element('tr');
      row.dataset.testid = 'session';
      row.dataset.id = session.id;
      const name = element('td', '', session.user);
      if (own.has(session.device)) name.append(element('span', 'here', 'this page'));
      const transport = session.transport.replace('_', '-');
      const way = element('td', 'way', TRANSPORT_WORDS[transport]);
      way.dataset.way = transport;
      const queue = session.queue_messages === 0 && session.queue_bytes === 0 ? 'empty'
        : `${session.queue_messages} · ${size(session.queue_bytes)}`;
      const cells = [
        ['connected', span(Math.max(0, Date.now() - session.since))], ['queue', queue],
        ['round trip', session.round_trip_ms === null ? '–' : trip(session.round_trip_ms)],
        ['confirmed', session.confirmed ?? 'nothing yet'],
      ].map(([label, text]) => {
        const cell = element('td', '', text);
        cell.dataset.label = label;
        return cell;
      });
      if (queue !== 'empty') cells[1].className = 'full';
      if (session.round_trip_ms === null) cells[2].className = 'none';
      const cut = element('button', '', 'Cut');
      cut.onclick = () => act(() => api('/api/sessions/cut', { id: session.id }));
      const last = element('td');
      last.append(cut);
      row.append(name, way, ...cells, last);
      return row;
    }));
  },
};

function bar(counts) {
  const bar = element('div', 'bar');
  bar.dataset.testid = 'publication-bar';
  bar.setAttribute('role', 'img');
  bar.setAttribute('aria-label', tally(counts));
  for (const state of STATES) {
    const piece = element('i', `${state}${counts[state] > 0 ? ' some' : ''}`);
    piece.style.flexGrow = counts[state] || 0;
    piece.title = `${counts[state] || 0} ${state}`;
    bar.append(piece);
  }
  return bar;
}

const tally = counts => STATES.filter(state => counts[state] > 0).map(state => `${counts[state]} ${state}`).join(', ') || 'no recipients';

function fate({ counts, recipients }) {
  const line = element('p', 'fate', tally(counts));
  const missed = (recipients || []).filter(({ state }) => ['pending', 'skipped', 'failed'].includes(state));
  if (missed.length > 0) {
    const names = missed.map(({ user, detail }) => (detail ? `${user} (${detail})` : user)).join(', ');
    const text = element('span', 'missed', ` Missed so far: ${names}`);
    text.dataset.testid = 'missed';
    line.append('. ', text);
  }
  return line;
}

// ---- things to do -----------------------------------------------------------------------------------

async function act(action) {
  try {
    await action();
  } catch (error) {
    by('published').textContent = error.message;
  }
  books.soon();
}

const publish = (to, title, number = 1) => api('/api/publish', { to, title, count: number });
const everyPanel = action => Promise.all([...page.panels.values()].map(action));

const scenes = {
  burst: () => publish('orders', 'One of ten', 10),
  async cut() {
    await everyPanel(panel => panel.cut());
    await publish('orders', 'Sent while you were away', 5);
  },
  async gap() {
    await everyPanel(panel => panel.pause(true));
    await publish('orders', 'Gone before you looked', 300); // more than waits for a slow reader in memory
    await trim();
    await everyPanel(async panel => {
      await panel.pause(false).catch(() => {});
      if (/poll/.test(panel.transport)) panel.client.reconnect(); // else it asks when its wait is over
    });
  },
};

/** Also for the clients of other pages; those come back by themselves, after a minute or more. */
async function block(blocked) {
  by('block').classList.add('busy');
  try {
    await api('/api/websocket', { blocked });
    const back = () => everyClient().every(({ client, transport }) => transport === 'websocket' || client.state === 'closed');
    // As when the network changes: they need not wait out their pause.
    for (let ms = 0; !blocked && ms < RETURN_MS && !back(); ms += 500) {
      window.dispatchEvent(new Event('online'));
      await sleep(500);
    }
  } finally {
    by('block').classList.remove('busy');
  }
}

const everyClient = () => [page.panels.get('websocket'), ...page.chat.values()];

async function trim() {
  await api('/api/trim', { topic: 'orders', keep: 0 });
  for (const panel of page.panels.values()) panel.say('The topic was trimmed: its log is empty now.');
}

function prepare() {
  const select = by('user');
  if (![...select.options].some(option => option.value === user)) select.add(new Option(user));
  select.value = user;
  select.onchange = () => (location.search = `?user=${encodeURIComponent(select.value)}`);
  by('reviewer-name').textContent = user;
  by('to').value = [...by('to').options].some(option => option.value === `@${user}`) ? `@${user}` : 'orders';
  by('legend').append(...STATES.map(state => element('span', state, state)));
  by('publish').onsubmit = submit => {
    submit.preventDefault();
    act(async () => {
      const { ids } = await publish(by('to').value, by('title').value, Number(by('count').value) || 1);
      by('published').textContent = `${count(ids.length, 'work order')} out, to ${by('to').value}.`;
      by('title').value = TITLES[(TITLES.indexOf(by('title').value) + 1) % TITLES.length];
    });
  };
  by('trim').onclick = () => act(trim);
  by('block').onclick = () => act(() => block(!books.blocked));
  for (const button of document.querySelectorAll('[data-scene]')) {
    button.onclick = async () => {
      button.disabled = true;
      await act(scenes[button.dataset.scene]);
      button.disabled = false;
    };
  }
}

const page = { panels: new Map(), chat: new Map() };
prepare();
for (const way of WAYS) page.panels.set(way.way, new Panel(way));
for (const talker of TALKERS) page.chat.set(talker.name, new Talker(talker));
const bell = new Bell(page.panels.get('websocket').client);
books.soon(0);
setInterval(() => {
  if (document.visibilityState === 'hidden') return;
  for (const panel of page.panels.values()) if (panel.chart.moving) panel.chart.draw();
}, 250);

/**
 * For tests. `demo.panels['short-poll' | 'long-poll' | 'sse' | 'websocket']` has received (sequence numbers), messages
 * ({seq, topic, title, latency, late}), gaps, events ({at, text, kind}), resumes, duplicates, disorder, transport,
 * transports (all that it had), state, paused, roundTrip, client, and the methods cut() and pause(bool).
 * `demo.chat.dora | emil | kim` has heard ({from, text, id, room}), pending, transport, transports, state, roundTrip,
 * client, and the methods say(text, to) and cut().
 */
window.demo = {
  user,
  panels: Object.fromEntries(page.panels),
  chat: Object.fromEntries(page.chat),
  bell,
  books,
  publish,
  trim,
  block,
  api,
};
