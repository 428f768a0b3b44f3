// SPDX-License-Identifier: BSL-1.0

#ifndef TIDINGS_HUB_ANY_RESPONDER_HPP
#define TIDINGS_HUB_ANY_RESPONDER_HPP

#include <tidings/concepts.hpp>

#include <memory>
#include <type_traits>
#include <utility>

TIDINGS_NAMESPACE_BEGIN

namespace hub {

/// Any model of Responder behind one type, so that the hub is compiled once for all servers. Shared: the answer and the
/// notice that the client is gone come from different places.
class AnyResponder {
 public:
  template <class R>
  requires(!std::is_same_v<R, AnyResponder> && Responder<R>) explicit AnyResponder(R responder)
      : model_(std::make_shared<Model<R>>(std::move(responder))) {}

  void respond(ResponseHead head, SharedBytes body) { model_->respond(std::move(head), std::move(body)); }
  void on_gone(UniqueFunction<void()> gone) { model_->on_gone(std::move(gone)); }
  bool late_answer() const { return model_->late_answer(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void respond(ResponseHead head, SharedBytes body) = 0;
    virtual void on_gone(UniqueFunction<void()> gone) = 0;
    virtual bool late_answer() const = 0;
  };
  template <class R>
  struct Model final : Base {
    explicit Model(R r) : responder(std::move(r)) {}
    void respond(ResponseHead head, SharedBytes body) override { responder.respond(std::move(head), std::move(body)); }
    void on_gone(UniqueFunction<void()> gone) override { responder.on_gone(std::move(gone)); }
    bool late_answer() const override { return Capabilities(R::capabilities).late_answer; }
    R responder;
  };

  std::shared_ptr<Base> model_;
};

}  // namespace hub

TIDINGS_NAMESPACE_END

#endif  // TIDINGS_HUB_ANY_RESPONDER_HPP
