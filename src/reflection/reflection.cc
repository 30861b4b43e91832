#include "reflection/reflection.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/buffer_pool.h"
#include "transcoding/quote.h"

namespace dragoman::reflection {
namespace {

using Answer = tl::expected<Descriptors, Failure>;

constexpr std::array<std::string_view, 2> kMethods = {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                                      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};

// Whom to ask for what, and until when.
struct Asked {
  upstream::Backend& backend;
  const std::string who;  // `backend "shop"`
  const Credentials& credentials;
  const Bounds& bounds;
  const TimePoint deadline;
};

// Why the call has ended before everything was known. What the upstream says names the backend already.
Failure FailureOf(const Status& status, const std::string& who, size_t answers) {
  std::string message(status.message());
  switch (status.reason()) {
    case Reason::kBackendUnavailable:
    case Reason::kDeadlineExceeded:
    case Reason::kDraining:
    case Reason::kOverloaded:
      return {Failure::Kind::kUnreachable, std::move(message)};
    case Reason::kResponseTooLarge:
      return {Failure::Kind::kTooMuch, std::move(message)};
    case Reason::kBackendProtocolError:
      return {Failure::Kind::kBadAnswer, std::move(message)};
    default:
      break;
  }
  if (status.ok()) return {Failure::Kind::kChanged, who + " ends the call before it has answered everything"};
  Failure::Kind kind = Failure::Kind::kRefused;
  if (status.code() == Code::kUnimplemented && answers == 0) kind = Failure::Kind::kNotImplemented;
  if (status.code() == Code::kUnavailable || status.code() == Code::kDeadlineExceeded) kind = Failure::Kind::kUnreachable;
  std::string what = who + " answers reflection with " + std::string(CodeName(status.code()));
  if (!message.empty()) what += " " + transcoding::Quote(message);
  // As what is no gRPC server at all.
  if (status.code() == Code::kUnknown) what += "; put that right, or " + std::string(kFileInstead);
  return {kind, std::move(what)};
}

// Sends every question that can be asked now. If the call has ended, Receive tells how.
Task<void> SendQuestions(upstream::Call& call, Inquiry& inquiry) {
  while (const std::optional<std::string> question = inquiry.Next()) {
    BufferPool::Lease message = BufferPool::Borrow();
    message->Extend(upstream::kMessagePrefix);
    message->Append(*question);
    const Status sent = co_await call.Send(std::move(message), false);
    if (!sent.ok()) co_return;
  }
}

Task<Answer> Inquire(const Asked& asked, std::string_view method) {
  Inquiry inquiry(asked.bounds);
  boost::container::small_vector<Header, 4> metadata;
  if (asked.credentials.attach) {
    const Status attached = co_await asked.credentials.attach(metadata, asked.deadline);
    if (!attached.ok()) co_return tl::unexpected(FailureOf(attached, asked.who, 0));
  }
  const std::unique_ptr<upstream::Call> call =
      asked.backend.Start({.path = method,
                           .metadata = {metadata.data(), metadata.size()},
                           .deadline = asked.deadline,
                           .max_reply_bytes = asked.bounds.answer_bytes});
  for (;;) {
    co_await SendQuestions(*call, inquiry);
    if (inquiry.done()) break;
    const std::optional<std::string_view> answer = co_await call->Receive();
    if (!answer) {
      const Status& status = call->status();
      if (status.code() == Code::kUnauthenticated && asked.credentials.refused) asked.credentials.refused();
      co_return tl::unexpected(FailureOf(status, asked.who, inquiry.answers()));
    }
    if (std::optional<Failure> failure = inquiry.Take(*answer)) {
      failure->what = asked.who + " " + failure->what;
      co_return tl::unexpected(*std::move(failure));
    }
  }
  // Left in good order, so that the server does not count a call that was cancelled. What it may say now does not matter.
  (void)co_await call->Send(BufferPool::Lease(Buffer()), true);
  (void)co_await call->Receive();
  co_return std::move(inquiry).Finish();
}

// v1, or what there was before.
Task<Answer> InquireOfAnyVersion(const Asked& asked) {
  for (const std::string_view method : kMethods) {
    Answer answer = co_await Inquire(asked, method);
    if (answer || answer.error().kind != Failure::Kind::kNotImplemented) co_return answer;
  }
  co_return tl::unexpected(
      Failure{Failure::Kind::kNotImplemented, asked.who + " implements no server reflection, neither grpc.reflection.v1 nor v1alpha; switch it on in the server, or " +
                                                  std::string(kFileInstead)});
}

// What may be right when it is asked once more.
bool MayPass(Failure::Kind kind) { return kind == Failure::Kind::kChanged || kind == Failure::Kind::kIncomplete; }

}  // namespace

Task<Answer> Ask(upstream::Backend& backend, std::string name, const Credentials& credentials, const Bounds& bounds) {
  const Asked asked{.backend = backend,
                    .who = "backend \"" + name + "\"",
                    .credentials = credentials,
                    .bounds = bounds,
                    .deadline = Clock::now() + bounds.deadline};
  Answer answer = co_await InquireOfAnyVersion(asked);
  if (!answer && MayPass(answer.error().kind)) answer = co_await InquireOfAnyVersion(asked);
  if (!answer && answer.error().kind == Failure::Kind::kBadAnswer) answer.error().what += "; put that right, or " + std::string(kFileInstead);
  co_return answer;
}

}  // namespace dragoman::reflection
