// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_TESTS_PROTOCOL_HTTP_REQUEST_ROWS_HPP
#define TIDINGS_TESTS_PROTOCOL_HTTP_REQUEST_ROWS_HPP

#include <string>
#include <vector>

/// One request and what becomes of it: a status, or `ok` and the line that summary() of the test writes.
struct RequestRow {
  std::string rule;
  std::string bytes;
  std::string result;
};

inline std::string get(const std::string& headers) { return "GET / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n"; }

inline std::string post(const std::string& headers, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

inline std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

inline std::vector<RequestRow> request_line_rows() {
  using namespace std::string_literals;
  return {
      {"RFC 9112 3", "GET /p?a=1 HTTP/1.1\r\nHost: h\r\n\r\n", "ok GET /p?a=1 11 h keep"},
      {"RFC 9112 3 method is case-sensitive text", "get / HTTP/1.1\r\nHost: h\r\n\r\n", "ok get / 11 h keep"},
      {"RFC 9110 9.1 unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "ok BREW / 11 h keep"},
      {"RFC 9110 9.1 method token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 no method", " / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 tab", "GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 blank at the end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3 HTTP/0.9", "GET /\r\n", "400"},
      {"RFC 9112 2.2 one empty line before", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "ok GET / 11 h keep"},
      {"RFC 9112 2.2 two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.2 bare LF before", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.2 bare LF", "GET / HTTP/1.1\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.2 bare CR", "GET /\rx HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.2 CR CR LF", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.3 version 1.0", "GET / HTTP/1.0\r\n\r\n", "ok GET / 10 - close"},
      {"RFC 9110 2.5 higher minor", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "ok GET / 11 h keep"},
      {"RFC 9110 15.6.6 version 2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"RFC 9110 15.6.6 version 0.9", "GET / HTTP/0.9\r\n\r\n", "505"},
      {"RFC 9113 3.4 preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"RFC 9112 2.3 version is case-sensitive", "GET / http/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.3 version digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 2.3 version digits", "GET / HTTP/1.x\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.1 no slash", "GET x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.1 fragment", "GET /#x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.1 NUL", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s, "400"},
      {"RFC 9112 3.2.1 not ASCII", "GET /\xC3\xA9 HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.2 absolute-form", "GET http://a:81/p?x HTTP/1.1\r\nHost: h\r\n\r\n", "ok GET /p?x 11 a:81 keep"},
      {"RFC 9112 3.2.2 without path", "GET HTTPS://a HTTP/1.1\r\nHost: h\r\n\r\n", "ok GET / 11 a keep"},
      {"RFC 9112 3.2.2 query only", "GET http://a?x HTTP/1.1\r\nHost: h\r\n\r\n", "ok GET /?x 11 a keep"},
      {"RFC 9112 3.2.2 in HTTP/1.0", "GET http://a/ HTTP/1.0\r\n\r\n", "ok GET / 10 a close"},
      {"RFC 9112 3.2.2 Host still required", "GET http://a/ HTTP/1.1\r\n\r\n", "400"},
      {"RFC 9110 4.2.4 user in the authority", "GET http://u@a/ HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9110 4.2.1 empty host", "GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.2 foreign scheme", "GET ftp://a/ HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.2 scheme alone", "GET http HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"RFC 9112 3.2.3 CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "501"},
      {"RFC 9112 3.2.4 OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "ok OPTIONS * 11 h keep"},
      {"RFC 9112 3.2.4 absolute OPTIONS", "OPTIONS http://a HTTP/1.1\r\nHost: h\r\n\r\n", "ok OPTIONS * 11 a keep"},
      {"RFC 9112 3.2.4 * of another method", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"not HTTP: TLS", "\x16\x03\x01\x02\x01\x01\x0A\x01", "400"},
  };
}

inline std::vector<RequestRow> header_rows() {
  using namespace std::string_literals;
  return {
      {"RFC 9112 3.2 no Host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"RFC 9112 3.2 two Hosts", get("Host: h\r\n"), "400"},
      {"RFC 9112 3.2 two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"RFC 9112 3.2 empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "ok GET / 11  keep"},
      {"RFC 9112 3.2 Host with port", "GET / HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n", "ok GET / 11 [::1]:8080 keep"},
      {"RFC 9112 3.2 Host as a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400"},
      {"RFC 9112 3.2 Host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "400"},
      {"RFC 9112 3.2 Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"},
      {"RFC 9112 3.2 Host with bad port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", "400"},
      {"RFC 9112 5 blanks around the value", get("X-A: \t a b \t\r\n"), "ok GET / 11 h keep X-A=a b"},
      {"RFC 9112 5 no blank", get("X-A:a\r\n"), "ok GET / 11 h keep X-A=a"},
      {"RFC 9112 5 empty value", get("X-A:\r\n"), "ok GET / 11 h keep X-A="},
      {"RFC 9110 5.5 bytes above 0x7F", get("X-A: \xC3\xA9\r\n"), "ok GET / 11 h keep X-A=\xC3\xA9"},
      {"RFC 9110 5.5 colons in the value", get("X-A: b: c\r\n"), "ok GET / 11 h keep X-A=b: c"},
      {"RFC 9112 5.1 blank before the colon", get("Content-Length : 3\r\n"), "400"},
      {"RFC 9112 5.1 tab before the colon", get("Transfer-Encoding\t: chunked\r\n"), "400"},
      {"RFC 9112 5.2 obs-fold", get("X-A: a\r\n b\r\n"), "400"},
      {"RFC 9112 5.2 obs-fold with tab", get("X-A: a\r\n\tb\r\n"), "400"},
      {"RFC 9112 2.2 blank before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
      {"RFC 9112 5 no colon", get("X-A\r\n"), "400"},
      {"RFC 9112 5 no name", get(": a\r\n"), "400"},
      {"RFC 9110 5.1 name token", get("X(A: a\r\n"), "400"},
      {"RFC 9110 5.1 name not ASCII", get("X\xC3\xA9: a\r\n"), "400"},
      {"RFC 9110 5.5 NUL", get("X-A: a\0b\r\n"s), "400"},
      {"RFC 9110 5.5 NUL in the name", get("X\0A: a\r\n"s), "400"},
      {"RFC 9110 5.5 control character", get("X-A: a\x01\r\n"), "400"},
      {"RFC 9110 5.5 DEL", get("X-A: a\x7F\r\n"), "400"},
      {"RFC 9112 2.2 bare CR in the value", get("X-A: a\rb\r\n"), "400"},
      {"RFC 9112 2.2 CR CR LF", get("X-A: a\r\r\n"), "400"},
      {"RFC 9112 2.2 bare LF in the headers", get("X-A: a\n"), "400"},
      {"RFC 9112 2.2 bare LF ends the head", "GET / HTTP/1.1\r\nHost: h\r\n\n", "400"},
      {"RFC 9112 9.3 close", get("Connection: close\r\n"), "ok GET / 11 h close Connection=close"},
      {"RFC 9112 9.3 list", get("Connection: x, Close\r\n"), "ok GET / 11 h close Connection=x, Close"},
      {"RFC 9112 9.3 keep-alive in 1.0", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
       "ok GET / 10 - keep Connection=Keep-Alive"},
      {"RFC 9112 9.3 close beats keep-alive", get("Connection: keep-alive, close\r\n"),
       "ok GET / 11 h close Connection=keep-alive, close"},
      {"RFC 9110 7.8 upgrade", get("Connection: Upgrade\r\nUpgrade: websocket\r\n"),
       "ok GET / 11 h keep upgrade Connection=Upgrade Upgrade=websocket"},
      {"RFC 9110 7.8 Upgrade not listed", get("Upgrade: websocket\r\n"), "ok GET / 11 h keep Upgrade=websocket"},
      {"RFC 9110 7.8 nothing to upgrade to", get("Connection: upgrade\r\n"), "ok GET / 11 h keep Connection=upgrade"},
      {"RFC 9110 7.8 upgrade in HTTP/1.0", "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
       "ok GET / 10 - close Connection=upgrade Upgrade=x"},
      {"RFC 9110 10.1.1 unknown expectation", get("Expect: 200-ok\r\n"), "417"},
  };
}

inline std::vector<RequestRow> body_rows() {
  using namespace std::string_literals;
  return {
      {"RFC 9112 6.2", post("Content-Length: 3\r\n", "abc"), "ok POST / 11 h keep Content-Length=3 |abc"},
      {"RFC 9112 6.2 zero", post("Content-Length: 0\r\n", ""), "ok POST / 11 h keep Content-Length=0"},
      {"RFC 9112 6.2 leading zeros", post("Content-Length: 003\r\n", "abc"),
       "ok POST / 11 h keep Content-Length=003 |abc"},
      {"RFC 9112 6.3 none", post("", ""), "ok POST / 11 h keep"},
      {"RFC 9112 6.2 binary", post("Content-Length: 3\r\n", "\r\0\n"s),
       "ok POST / 11 h keep Content-Length=3 |\r\0\n"s},
      {"RFC 9112 6.3 CL + TE", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
      {"RFC 9112 6.3 TE + CL", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), "400"},
      {"RFC 9112 6.3 TE + CL 0", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n"), "400"},
      {"RFC 9112 6.3 two differing CL", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), "400"},
      {"RFC 9112 6.3 two equal CL", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), "400"},
      {"RFC 9112 6.3 CL as a list", post("Content-Length: 3, 3\r\n", "abc"), "400"},
      {"RFC 9110 8.6 CL +", post("Content-Length: +3\r\n", "abc"), "400"},
      {"RFC 9110 8.6 CL -", post("Content-Length: -3\r\n", "abc"), "400"},
      {"RFC 9110 8.6 CL empty", post("Content-Length:\r\n", ""), "400"},
      {"RFC 9110 8.6 CL hex", post("Content-Length: 0x3\r\n", "abc"), "400"},
      {"RFC 9110 8.6 CL with blank", post("Content-Length: 3 3\r\n", "abc"), "400"},
      {"RFC 9110 8.6 CL overflow to 3", post("Content-Length: 18446744073709551619\r\n", "abc"), "413"},
      {"RFC 9110 8.6 CL huge", post("Content-Length: " + std::string(400, '9') + "\r\n", ""), "413"},
      {"RFC 9112 6.1 gzip", post("Transfer-Encoding: gzip\r\n", ""), "501"},
      {"RFC 9112 6.1 gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), "501"},
      {"RFC 9112 6.1 chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), "501"},
      {"RFC 9112 6.1 identity", post("Transfer-Encoding: identity\r\n", ""), "501"},
      {"RFC 9112 6.1 xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), "501"},
      {"RFC 9112 6.1 quoted", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), "501"},
      {"RFC 9112 6.1 empty", post("Transfer-Encoding:\r\n", ""), "501"},
      {"RFC 9112 6.1 vertical tab",
       post("Transfer-Encoding: \x0B"
            "chunked\r\n",
            "0\r\n\r\n"),
       "400"},
      {"RFC 9112 6.1 two fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", ""), "400"},
      {"RFC 9112 6.1 in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"RFC 9112 7 any case", post("transfer-encoding: Chunked\r\n", "0\r\n\r\n"),
       "ok POST / 11 h keep transfer-encoding=Chunked"},
      {"RFC 9112 7.1", chunked("3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n"),
       "ok POST / 11 h keep Transfer-Encoding=chunked |abc0123456789"},
      {"RFC 9112 7.1 hex in both cases", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\n"),
       "ok POST / 11 h keep Transfer-Encoding=chunked |01234567890123456789"},
      {"RFC 9112 7.1.1 extension", chunked("3;name=\"v;x\"\r\nabc\r\n0;last\r\n\r\n"),
       "ok POST / 11 h keep Transfer-Encoding=chunked |abc"},
      {"RFC 9112 7.1.1 blank before the extension", chunked("3 ;x\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1.1 bare CR in the extension", chunked("3;x\ry\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1.1 bare LF in the extension", chunked("3;x\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1.1 long extension", chunked("3;" + std::string(1100, 'x') + "\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 empty size", chunked("\r\nabc\r\n"), "400"},
      {"RFC 9112 7.1 size +", chunked("+3\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 size -", chunked("-3\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 size 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 blank before the size", chunked(" 3\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 blank behind the size", chunked("3 \r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 size with underscore", chunked("1_0\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 size overflow", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 size of 64 bits", chunked("FFFFFFFFFFFFFFFF\r\nabc"), "413"},
      {"RFC 9112 7.1 bare LF behind the size", chunked("3\nabc\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 chunk too long", chunked("3\r\nabcd\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 chunk too short", chunked("3\r\nab\r\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1 bare LF behind the chunk", chunked("3\r\nabc\n0\r\n\r\n"), "400"},
      {"RFC 9112 7.1.2 trailers are dropped", chunked("0\r\nX-A: b\r\nContent-Length: 5\r\n\r\n"),
       "ok POST / 11 h keep Transfer-Encoding=chunked"},
      {"RFC 9112 7.1.2 broken trailer", chunked("0\r\nX-A : b\r\n\r\n"), "400"},
      {"RFC 9112 7.1.2 folded trailer", chunked("0\r\nX-A: b\r\n c\r\n\r\n"), "400"},
      {"RFC 9112 7.1.2 bare LF behind trailers", chunked("0\r\n\n"), "400"},
      {"a body that has not come", post("Content-Length: 3\r\n", "ab"), "more"},
      {"a chunk that has not come", chunked("3\r\nab"), "more"},
      {"a head that has not come", "GET / HTTP/1.1\r\nHost: h\r\n", "more"},
  };
}

#endif  // TIDINGS_TESTS_PROTOCOL_HTTP_REQUEST_ROWS_HPP
