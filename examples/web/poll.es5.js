// SPDX-License-Identifier: BSL-1.0
//
// tidings for old browsers: ES5, XMLHttpRequest and a timer, nothing else.
//
//   var poll = tidingsPoll('/push', { topics: ['orders'], onmessage: function (m) { show(m.topic, m.data); } });
//   poll.stop();
//
// Options: topics, token (string or function), onmessage(message), ongap(topics), onunread(number),
// onerror(status), every (ms between polls without a hint of the server, 30000), cursor, device.
function tidingsPoll(url, options) {
  var device = options.device || (Math.random().toString(36) + '00000000').slice(2, 12);
  var state = { cursor: options.cursor || '', stop: stop };
  var timer = null, stopped = false, request = null;
  function call(name, value) {
    try { if (options[name]) options[name](value); }
    catch (error) { if (typeof console !== 'undefined') console.error(error); }
  }
  function stop() { stopped = true; clearTimeout(timer); if (request) request.abort(); }
  function again(ms) { if (!stopped) timer = setTimeout(poll, Math.max(0, Math.min(ms, 300000))); }
  function number(name) { return parseInt(request.getResponseHeader(name), 10); }
  function hint() {  // ms that the server wants between two polls; NaN || next
    return number('Tidings-Poll-After') || number('Retry-After') * 1000 || options.every || 30000;
  }
  function target() {
    var parts = [], i;
    for (i = 0; options.topics && i < options.topics.length; i++) parts.push(encodeURIComponent(options.topics[i]));
    return url + (url.indexOf('?') < 0 ? '?' : '&') + 'topics=' + parts.join(',') + '&device=' + encodeURIComponent(device) +
      (state.cursor ? '&after=' + state.cursor : '');
  }
  function take(text) {
    var answer, i;
    try { answer = JSON.parse(text); } catch (error) { call('onerror', 0); return again(hint()); }
    if (answer.gap && answer.gap.length) call('ongap', answer.gap);
    for (i = 0; answer.messages && i < answer.messages.length && !stopped; i++) call('onmessage', answer.messages[i]);
    if (answer.cursor) state.cursor = answer.cursor;  // acknowledges with the next poll
    if (typeof answer.unread === 'number') call('onunread', answer.unread);
    again(answer.more ? 0 : answer.poll_after_ms || hint());
  }
  function changed() {
    if (request.readyState !== 4 || stopped) return;
    if (request.status === 200) return take(request.responseText);
    if (request.status === 204 || request.status === 304) return again(hint());
    call('onerror', request.status);
    if (request.status === 401 || request.status === 403) return stop();
    again(hint() * (1 + Math.random() / 10));  // 429, 503, no network: spread those who come back
  }
  function poll() {
    var token = typeof options.token === 'function' ? options.token() : options.token;
    request = new XMLHttpRequest();
    request.open('GET', target(), true);
    if (token) request.setRequestHeader('Authorization', 'Bearer ' + token);
    request.timeout = 20000;
    request.onreadystatechange = changed;
    request.send();
  }
  poll();
  return state;
}
