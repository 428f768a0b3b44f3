// SPDX-License-Identifier: BSL-1.0
//
// When tidings.js tells the server what the handlers took: at most once a second, all topics in one, and more slowly
// where the server does not take it.

const ACK_EVERY_MS = 1000;
const ACK_GATHER_MS = 100; // lets one acknowledgement cover a burst

export class Acknowledger {
  #options;
  #client;
  #tags = new Set(); // of topics whose position moved since the last one
  #timer = null;
  #at = -Infinity;
  #failures = 0;
  #busy = false;
  #refused = false;

  /**
   * @param client  {tokenOf(tag), wanted(): now is the time, overSocket(body): was it sent, post(body, more): Response,
   *                refreshed(): asks for a new token, report(problem)}.
   */
  constructor(options, client) {
    this.#options = options;
    this.#client = client;
  }

  took(tag) {
    this.#tags.add(tag);
  }

  forget(tag) {
    this.#tags.delete(tag);
  }

  /** A request's cursor has said it all. */
  clear() {
    this.#tags.clear();
  }

  /** A new stream: what was refused may be allowed now. */
  begin() {
    this.#refused = false;
  }

  schedule() {
    const { acknowledge, now, setTimeout } = this.#options;
    if (!acknowledge || this.#refused || this.#timer !== null || this.#busy || this.#tags.size === 0) return;
    const spacing = ACK_EVERY_MS * 2 ** Math.min(this.#failures, 5);
    const wait = Math.max(ACK_GATHER_MS, Math.min(spacing, this.#at + spacing - now()));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#client.wanted()) this.#send();
    }, wait);
  }

  /** The last one. When the page goes away (`leaving`) it must outlive it, and a socket does not. */
  flush(leaving) {
    if (this.#timer !== null) this.#options.clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#options.acknowledge || this.#refused) return;
    const { body } = this.#next();
    if (body === null || (!leaving && this.#client.overSocket(body))) return;
    this.#client.post(body, { keepalive: true }).catch(() => {});
  }

  /** Takes what is due: {tags, body}; body is null when there is nothing. */
  #next() {
    const tags = [...this.#tags].filter(tag => this.#client.tokenOf(tag) !== undefined);
    this.#tags.clear();
    if (tags.length === 0) return { tags, body: null };
    this.#at = this.#options.now();
    return { tags, body: { ack: '1' + tags.map(tag => this.#client.tokenOf(tag)).join('') } };
  }

  async #send() {
    const { tags, body } = this.#next();
    if (body === null) return;
    // One that is lost with its socket is covered by the next connection's cursor.
    if (this.#client.overSocket(body)) {
      this.#failures = 0;
      return;
    }
    this.#busy = true;
    let status = 0;
    try {
      const response = await this.#client.post(body);
      status = response.status;
      if (status === 401) await this.#client.refreshed();
    } catch {
      // The next one covers it; a lost connection is found by the stream itself.
    }
    this.#busy = false;
    const fine = status >= 200 && status < 300;
    this.#failures = fine ? 0 : this.#failures + 1;
    if (!fine) for (const tag of tags) this.#tags.add(tag);
    if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
      this.#refused = true;
      this.#client.report({ kind: 'acknowledge', fatal: false, status });
    }
    if (this.#client.wanted()) this.schedule();
  }
}
