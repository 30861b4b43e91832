#include "store/reply_reader.h"

#include <new>

namespace dragoman::store {
namespace {

Reply::Type TypeOf(int type) {
  switch (type) {
    case REDIS_REPLY_STRING:
      return Reply::Type::kText;
    case REDIS_REPLY_STATUS:
      return Reply::Type::kStatus;
    case REDIS_REPLY_ERROR:
      return Reply::Type::kError;
    case REDIS_REPLY_INTEGER:
      return Reply::Type::kInteger;
    case REDIS_REPLY_ARRAY:
      return Reply::Type::kArray;
    default:
      return Reply::Type::kNil;
  }
}

}  // namespace

std::string_view Reply::error_code() const {
  size_t end = 0;
  while (end < text.size() && text[end] >= 'A' && text[end] <= 'Z') ++end;
  const bool word = end != 0 && (end == text.size() || text[end] == ' ');
  return word ? text.substr(0, end) : std::string_view("ERR");
}

// hiredis calls these for each value; null would mean that there is no memory, and ends the reading. What it hands
// around as "object" is only asked whether it is null.
redisReplyObjectFunctions& ReplyReader::Functions() {
  static redisReplyObjectFunctions functions = {
      .createString = [](const redisReadTask* task, char* text, size_t size) -> void* {
        return Of(task).TakeText(task, {text, size});
      },
      .createArray = [](const redisReadTask* task, auto elements) -> void* {
        return Of(task).TakeArray(task, static_cast<long long>(elements));
      },
      .createInteger = [](const redisReadTask* task, long long integer) -> void* {
        Of(task).Place(task).integer = integer;
        return task->privdata;
      },
      .createNil = [](const redisReadTask* task) -> void* {
        Of(task).Place(task).type = Reply::Type::kNil;
        return task->privdata;
      },
      .freeObject = [](void*) {},
  };
  return functions;
}

ReplyReader::ReplyReader(const Bounds& bounds) : bounds_(bounds) { Reset(); }

void ReplyReader::Reset() {
  reader_.reset(redisReaderCreateWithFunctions(&Functions()));
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = this;
  unread_ = 0;
  error_.clear();
  Begin();
}

void ReplyReader::Begin() {
  complete_ = false;
  root_ = {};
  values_.clear();
  texts_.clear();
  texts_at_.clear();
}

Reply& ReplyReader::Place(const redisReadTask* task) {
  Reply* place = &root_;
  if (task->parent != nullptr) {
    values_.emplace_back();
    place = &values_.back();
  }
  place->type = TypeOf(task->type);
  return *place;
}

void* ReplyReader::TakeText(const redisReadTask* task, std::string_view text) {
  Place(task);
  const bool root = task->parent == nullptr;
  texts_at_.push_back({root, root ? 0 : values_.size() - 1, texts_.size(), text.size()});
  texts_.append(text);
  return this;
}

void* ReplyReader::TakeArray(const redisReadTask* task, long long elements) {
  if (task->parent != nullptr) {
    error_ = "an array within an array";
    return nullptr;
  }
  if (elements < 0 || static_cast<unsigned long long>(elements) > bounds_.max_elements) {
    error_ = "an array of more than " + std::to_string(bounds_.max_elements) + " values";
    return nullptr;
  }
  Place(task);
  return this;
}

void ReplyReader::Feed(std::string_view bytes) {
  if (!error_.empty()) return;
  unread_ += bytes.size();
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) Break(reader_->errstr);
}

ReplyReader::Outcome ReplyReader::Break(std::string_view why) {
  if (error_.empty()) error_ = why.empty() ? std::string_view("broken") : why;
  return Outcome::kBroken;
}

ReplyReader::Outcome ReplyReader::Read() {
  if (!error_.empty()) return Outcome::kBroken;
  if (complete_) Begin();
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) return Break(reader_->errstr);
  if (object == nullptr) {
    if (unread_ <= bounds_.max_bytes) return Outcome::kMore;
    return Break("a reply of more than " + std::to_string(bounds_.max_bytes) + " bytes");
  }
  const size_t rest = reader_->len - reader_->pos;
  if (unread_ - rest > bounds_.max_bytes) {
    return Break("a reply of more than " + std::to_string(bounds_.max_bytes) + " bytes");
  }
  unread_ = rest;
  complete_ = true;
  for (const TextAt& at : texts_at_) {
    (at.root ? root_ : values_[at.value]).text = std::string_view(texts_).substr(at.offset, at.size);
  }
  if (root_.type == Reply::Type::kArray) root_.elements = values_;
  return Outcome::kReply;
}

}  // namespace dragoman::store
