#include "files.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

#include "pause.h"

namespace streams {
namespace {

class Upload final : public grpc::ServerReadReactor<v1::UploadRequest> {
 public:
  Upload(Files& files, Tally& tally, grpc::CallbackServerContext* context, v1::File& reply)
      : files_(files), call_(tally), context_(context), reply_(reply) {
    StartRead(&piece_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) {
      if (context_->IsCancelled()) return End(grpc::Status::CANCELLED);
      char digits[9];
      std::snprintf(digits, sizeof(digits), "%08x", static_cast<unsigned>(crc_));
      reply_.set_crc32(digits);
      files_.Keep(reply_.name(), std::move(file_));
      call_.Sent();
      return End(grpc::Status::OK);
    }
    call_.Received();
    if (reply_.pieces() == 0) {
      reply_.set_name(piece_.name());
      reply_.set_content_type(file_.content_type = piece_.content().content_type());
      pause_time_ = TimeOf(piece_.pause());
    }
    const std::string& data = piece_.content().data();
    reply_.set_pieces(reply_.pieces() + 1);
    reply_.set_bytes(reply_.bytes() + static_cast<int64_t>(data.size()));
    crc_ = crc32(crc_, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size()));
    file_.bytes.append(data, 0, Files::kMaxKept - std::min(Files::kMaxKept, file_.bytes.size()));
    pause_.For(pause_time_, [this](bool passed) {
      piece_.Clear();
      passed ? StartRead(&piece_) : End(grpc::Status::CANCELLED);
    });
  }
  void OnCancel() override { pause_.Cancel(); }
  void OnDone() override {
    call_.End(true);
    delete this;
  }

 private:
  void End(const grpc::Status& status) {
    call_.End(context_->IsCancelled());
    Finish(status);
  }

  Files& files_;
  Counted call_;
  grpc::CallbackServerContext* context_;
  v1::File& reply_;
  v1::UploadRequest piece_;
  StoredFile file_;
  uLong crc_ = 0;
  std::chrono::nanoseconds pause_time_{};
  Pause pause_;
};

class Download final : public grpc::ServerWriteReactor<google::api::HttpBody> {
 public:
  static constexpr size_t kPieceBytes = 16 << 10;

  Download(Tally& tally, grpc::CallbackServerContext* context, std::shared_ptr<const StoredFile> file,
           int32_t piece_bytes)
      : call_(tally), context_(context), file_(std::move(file)) {
    if (!file_) {
      End({grpc::StatusCode::NOT_FOUND, "there is no such file"});
      return;
    }
    if (piece_bytes > 0) piece_bytes_ = static_cast<size_t>(piece_bytes);
    piece_.set_content_type(file_->content_type);
    Next();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) {  // nobody reads it any more, whether gRPC says so already or not
      call_.End(true);
      return Finish(grpc::Status::CANCELLED);
    }
    call_.Sent();
    if (at_ == file_->bytes.size()) return End(grpc::Status::OK);
    piece_.clear_content_type();
    Next();
  }
  void OnDone() override {
    call_.End(true);
    delete this;
  }

 private:
  void Next() {
    piece_.set_data(file_->bytes.substr(at_, piece_bytes_));
    at_ += piece_.data().size();
    StartWrite(&piece_);
  }
  void End(const grpc::Status& status) {
    call_.End(context_->IsCancelled());
    Finish(status);
  }

  Counted call_;
  grpc::CallbackServerContext* context_;
  std::shared_ptr<const StoredFile> file_;
  size_t piece_bytes_ = kPieceBytes;
  size_t at_ = 0;
  google::api::HttpBody piece_;
};

}  // namespace

grpc::ServerReadReactor<v1::UploadRequest>* Files::Upload(grpc::CallbackServerContext* context, v1::File* reply) {
  return new streams::Upload(*this, tally_, context, *reply);
}

grpc::ServerWriteReactor<google::api::HttpBody>* Files::Download(grpc::CallbackServerContext* context,
                                                                 const v1::DownloadRequest* request) {
  return new streams::Download(tally_, context, Find(request->name()), request->piece_bytes());
}

void Files::Keep(const std::string& name, StoredFile file) {
  const std::lock_guard lock(mutex_);
  if (files_.size() >= kMaxFiles && files_.count(name) == 0) files_.erase(files_.begin());
  files_[name] = std::make_shared<const StoredFile>(std::move(file));
}

std::shared_ptr<const StoredFile> Files::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : found->second;
}

}  // namespace streams
