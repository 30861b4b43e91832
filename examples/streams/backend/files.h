#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "streams/v1/streams.grpc.pb.h"
#include "tally.h"

namespace streams {

struct StoredFile {
  std::string content_type;
  std::string bytes;
};

// Files in memory: of each at most kMaxKept bytes, of all kMaxFiles; what is over that is counted, not kept.
class Files final : public v1::Files::CallbackService {
 public:
  static constexpr size_t kMaxKept = 8 << 20;
  static constexpr size_t kMaxFiles = 64;

  explicit Files(Tally& tally) : tally_(tally) {}

  grpc::ServerReadReactor<v1::UploadRequest>* Upload(grpc::CallbackServerContext* context, v1::File* reply) override;
  grpc::ServerWriteReactor<google::api::HttpBody>* Download(grpc::CallbackServerContext* context,
                                                            const v1::DownloadRequest* request) override;

  void Keep(const std::string& name, StoredFile file);
  std::shared_ptr<const StoredFile> Find(const std::string& name) const;  // null: none

 private:
  Tally& tally_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const StoredFile>> files_;
};

}  // namespace streams
