// SPDX-License-Identifier: BSL-1.0
//
// A hub of a few lines that keeps the rules of docs/guides/wire.md: logs, positions, gaps, sessions. Two networks stand
// in front of it: simulated (fake_network.mjs) and real sockets (fake_server.mjs).

import { parseCursor, tagOf } from './web.mjs';
import { cursor as join, tag, token } from './support.mjs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
export const offsetOf = at => [...at.slice(16)].reduce((sum, digit) => sum * 64 + ALPHABET.indexOf(digit), 0);
export const epochOf = at => at.slice(6, 16);

export class Hub {
  sessions = new Set();
  waiting = new Set();
  onacknowledged = () => {}; // with each token
  said = [];
  #topics = new Map();
  #born = 0;

  topic(name) {
    if (!this.#topics.has(name)) this.#topics.set(name, { name, epoch: this.#epoch(), floor: 0, log: [] });
    return this.#topics.get(name);
  }

  #epoch() {
    return `epoch${String(this.#born++).padStart(5, '0')}`;
  }

  at(topic, offset = topic.floor + topic.log.length) {
    return token(topic.name, offset, topic.epoch);
  }

  publish(name, data) {
    const topic = this.topic(name);
    topic.log.push(data);
    const message = { at: this.at(topic), topic: name, event: 'created', data };
    for (const session of this.sessions) if (session.topics.has(name)) session.tell(message);
    for (const wake of [...this.waiting]) wake();
    return message.at;
  }

  /** Retention: only the last `keep` remain. */
  trim(name, keep) {
    const topic = this.topic(name);
    const gone = Math.max(0, topic.log.length - keep);
    topic.log.splice(0, gone);
    topic.floor += gone;
  }

  /** The log begins anew: what was before is another life of it. */
  reborn(name) {
    Object.assign(this.topic(name), { epoch: this.#epoch(), floor: 0, log: [] });
  }

  /** Where a session begins. @returns [{topic, gap, behind}] */
  begin(names, cursor, from) {
    const tokens = cursor === null ? [] : parseCursor(cursor);
    if (tokens) tokens.forEach(at => this.onacknowledged(at));
    const known = new Map((tokens || []).map(each => [tagOf(each), each]));
    const foreign = tokens === null || (tokens.length > 0 && !names.some(name => known.has(tag(name))));
    return names.map(name => {
      const topic = this.topic(name);
      const top = topic.floor + topic.log.length;
      const at = known.get(tag(name));
      if (foreign) return { topic, gap: true, behind: top };
      if (at === undefined) return { topic, gap: false, behind: from === 'start' ? topic.floor : top };
      const offset = offsetOf(at);
      const gap = epochOf(at) !== topic.epoch || offset < topic.floor || offset > top;
      return { topic, gap, behind: gap ? top : offset };
    });
  }

  after(topic, behind) {
    return topic.log.slice(Math.max(0, behind - topic.floor)).map((data, i) => ({
      at: this.at(topic, Math.max(behind, topic.floor) + i + 1), topic: topic.name, event: 'created', data,
    }));
  }

  /** A stream or socket; `tell` gets {hello}, {gap} and messages. */
  open({ names, cursor, from }, tell) {
    const session = { topics: new Set(names), tell, end: () => this.sessions.delete(session) };
    this.#tell(session, names, cursor, from);
    this.sessions.add(session);
    return session;
  }

  subscribe(session, names, cursor) {
    for (const name of names) session.topics.add(name);
    this.#tell(session, names, cursor, null);
  }

  unsubscribe(session, names) {
    for (const name of names) session.topics.delete(name);
  }

  #tell(session, names, cursor, from) {
    const begun = this.begin(names, cursor, from);
    const rest = [...session.topics].filter(name => !names.includes(name)).map(name => this.topic(name));
    const at = Object.fromEntries([
      ...begun.map(({ topic, behind }) => [topic.name, this.at(topic, behind)]),
      ...rest.map(topic => [topic.name, this.at(topic)]),
    ]);
    session.tell({ hello: { session: 's', at, heartbeat_ms: 15000, unread: 0 } });
    for (const { topic, gap, behind } of begun) {
      if (gap) session.tell({ gap: { topics: [topic.name], at: { [topic.name]: this.at(topic, behind) } } });
      for (const message of this.after(topic, behind)) session.tell(message);
    }
  }

  /** A poll's answer. */
  poll({ names, cursor, from }) {
    const begun = this.begin(names, cursor, from);
    return {
      cursor: join(...begun.map(({ topic }) => this.at(topic))),
      messages: begun.flatMap(({ topic, behind }) => this.after(topic, behind)),
      gap: begun.filter(({ gap }) => gap).map(({ topic }) => topic.name),
      poll_after_ms: 5000,
    };
  }

  acknowledge(cursor) {
    parseCursor(cursor).forEach(at => this.onacknowledged(at));
  }

  /** What came over a socket. @returns envelopes to answer with. */
  command(session, envelope) {
    const { ref, ack, seen, subscribe, unsubscribe, send, renew } = envelope;
    if (Object.keys(envelope).length === 0) return [{}];
    if (ack) this.acknowledge(ack);
    if (subscribe) this.subscribe(session, subscribe, null);
    if (unsubscribe) this.unsubscribe(session, unsubscribe);
    if (send) {
      this.said.push(send);
      return [{ reply: { ref: send.ref, event: 'said', data: send.data } }];
    }
    if (seen) return [{ done: { ref, unread: 0 } }];
    return ref && (subscribe || unsubscribe || renew) ? [{ done: { ref } }] : [];
  }
}

/** What a request asks for. */
export function asked(url) {
  const query = new URLSearchParams(url.split('?')[1]);
  const list = query.get('topics');
  const names = list ? list.split(',') : [];
  return { names, cursor: query.get('after'), from: query.get('from'), wait: Number(query.get('wait') || 0) };
}
