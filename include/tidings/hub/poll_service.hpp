// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_POLL_SERVICE_HPP
#define TIDINGS_HUB_POLL_SERVICE_HPP

#include <tidings/delivery/poll_body.hpp>
#include <tidings/extern_template.hpp>
#include <tidings/hub/any_responder.hpp>
#include <tidings/hub/core.hpp>
#include <tidings/hub/refused.hpp>
#include <tidings/protocol/http/etag.hpp>
#include <tidings/request_snapshot.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// How one poll is to be answered.
struct PollTerms {
  /// `POST ?drain`: the cursor lies with the server, by device.
  bool drain = false;
  /// `Cache-Control: no-store` instead of `private, no-cache`.
  bool no_store = false;
  /// Go with every answer (CORS).
  std::vector<Header> headers;
  /// A HEAD: what is answered is not sent. Set from the request.
  bool bodiless = false;
};

/// Polls over HTTP: one request to the core, its answer to the responder.
///
/// @tparam Core  `hub::Core`; a parameter so that only a unit that answers polls compiles this.
/// Lifetime  holds the core weakly; a poll whose core goes away is answered by its responder's destructor (503).
template <class Core>
class BasicPollService {
 public:
  /// @param home  The loop to prefer, see `Core::poll`.
  static void serve(const std::shared_ptr<Core>& core, const RequestSnapshot& request, Entrant entrant,
                    AnyResponder responder, PollTerms terms, std::size_t home = Core::any_loop) {
    terms.bodiless = request.method == "HEAD";
    auto job = std::make_shared<Job>(core, protocol::read_client_request(request), entrant.identity.user,
                                     std::move(responder), std::move(terms));
    // A server that must answer at once cannot wait for news; a HEAD asks about the moment.
    if (!job->responder.late_answer() || job->terms.bodiless) job->asked.wait = {};
    job->asked.wait = std::min(job->asked.wait, core->options().max_poll_wait);
    if (job->terms.drain && !job->prepare_drain(*core)) return;
    protocol::ClientRequest asked = job->asked;
    core->poll(
        std::move(asked), std::move(entrant),
        [job](std::shared_ptr<PollTicket> ticket) { job->responder.on_gone([ticket] { ticket->on_gone(); }); },
        [job](delivery::PollAnswer answer) { job->answer(std::move(answer)); },
        [job](Refusal refusal) { job->refuse(make_refused(refusal.why, refusal.retry)); }, home);
  }

  /// Sends a refusal with the headers that every answer of the endpoint has.
  static void refuse(AnyResponder& responder, Refused refused, const std::vector<Header>& headers) {
    ResponseHead head{refused.status, std::move(refused.headers)};
    head.headers.insert(head.headers.end(), headers.begin(), headers.end());
    responder.respond(std::move(head), share_bytes(std::move(refused.body)));
  }

 private:
  struct Job {
    Job(const std::shared_ptr<Core>& c, protocol::ClientRequest a, std::string u, AnyResponder r, PollTerms t)
        : core(c), asked(std::move(a)), user(std::move(u)), responder(std::move(r)), terms(std::move(t)) {}

    bool prepare_drain(Core& alive) {
      // Anonymous clients would share one cursor.
      if (user.empty() || asked.device.empty()) {
        refuse(make_refused(user.empty() ? errc::unauthorized : errc::invalid_envelope, {}));
        return false;
      }
      LastDrain last = alive.last_drain(user, asked.device);
      asked.cursor = std::move(last.cursor);
      asked.cursor_lost = last.lost;
      asked.cursor_unreadable = false;
      asked.conditional = false;
      asked.wait = {};
      return true;
    }

    void refuse(Refused refused) { BasicPollService::refuse(responder, std::move(refused), terms.headers); }

    void answer(delivery::PollAnswer got) {
      const std::shared_ptr<Core> alive = core.lock();
      if (!alive) return;
      const std::chrono::milliseconds poll_after = alive->poll_answered(user, asked, got, terms.bodiless);
      if (got.refused()) {
        refuse(make_refused(got.why, got.retry.count() > 0 ? got.retry : alive->busy_retry()));
        return;
      }
      if (terms.drain) alive->drained(user, asked.device, got.cursor);
      const std::string cursor = got.cursor.text();
      std::vector<Header> headers = std::move(terms.headers);
      headers.reserve(headers.size() + 5);
      headers.push_back({"ETag", protocol::encode_etag(cursor)});
      headers.push_back({"Cache-Control", terms.no_store ? "no-store" : "private, no-cache"});
      headers.push_back({"Vary", "Authorization, Cookie"});
      headers.push_back({"Tidings-Poll-After", std::to_string(poll_after.count())});
      if (!terms.drain && !delivery::is_news(got, asked.cursor)) {
        alive->counters().polls_not_modified.add();
        responder.respond({asked.conditional ? 304 : 204, std::move(headers)}, share_bytes({}));
        return;
      }
      headers.push_back({"Content-Type", "application/json"});
      respond(*alive, std::move(got), cursor, poll_after, std::move(headers));
    }

    void respond(Core& alive, delivery::PollAnswer got, const std::string& cursor, std::chrono::milliseconds poll_after,
                 std::vector<Header> headers) {
      if (user.empty()) {
        responder.respond({200, std::move(headers)},
                          share_bytes(delivery::encode_poll_body(got, cursor, std::nullopt, poll_after)));
        return;
      }
      alive.unread(user, [responder = responder, got = std::move(got), cursor, poll_after,
                          headers = std::move(headers)](std::error_code ec, std::size_t unread) mutable {
        std::optional<std::size_t> known;
        if (!ec) known = unread;
        responder.respond({200, std::move(headers)},
                          share_bytes(delivery::encode_poll_body(got, cursor, known, poll_after)));
      });
    }

    std::weak_ptr<Core> core;
    protocol::ClientRequest asked;
    std::string user;
    AnyResponder responder;
    PollTerms terms;
  };
};

using PollService = BasicPollService<Core>;
TIDINGS_EXTERN_TEMPLATE(class BasicPollService<Core>)

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_POLL_SERVICE_HPP
