#include "stream_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace dragoman::integration {

StreamReader::StreamReader(HttpClient& client, std::string_view http_method) : client_(client) {
  std::string line;
  do {
    head_ = {};
    if (!client.TakeLine(line) || !line.starts_with("HTTP/1.") || line.size() < 12) {
      end_ = End::kCutOff;
      return;
    }
    head_.status = std::atoi(line.c_str() + 9);
    while (client.TakeLine(line) && !line.empty()) {
      const size_t colon = line.find(':');
      if (colon == std::string::npos) continue;
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      const size_t begin = line.find_first_not_of(' ', colon + 1);
      head_.headers.emplace_back(std::move(name), begin == std::string::npos ? "" : line.substr(begin));
    }
  } while (head_.status >= 100 && head_.status < 200 && head_.status != 101);
  chunked_ = head_.Header("transfer-encoding") == "chunked";
  const std::string length = head_.Header("content-length");
  left_ = std::strtoul(length.c_str(), nullptr, 10);
  until_close_ = !chunked_ && length.empty();
  const bool bodyless = http_method == "HEAD" || head_.status == 204 || head_.status == 304;
  if (bodyless || (!chunked_ && !until_close_ && left_ == 0)) end_ = End::kComplete;
}

bool StreamReader::More() {
  if (end_ != End::kNone) return false;
  std::string line;
  if (chunked_) {
    size_t size = 0;
    const bool whole = client_.TakeLine(line) && !line.empty() &&
                       ((size = std::strtoul(line.c_str(), nullptr, 16)) == 0 || client_.TakeBytes(size, text_)) &&
                       client_.TakeLine(line);
    if (!whole) {
      end_ = End::kCutOff;
    } else if (size == 0) {
      end_ = End::kComplete;
    }
    return whole && size > 0;
  }
  if (!client_.TakeBytes(1, text_)) {
    end_ = until_close_ ? End::kComplete : End::kCutOff;
    return false;
  }
  if (!until_close_ && --left_ == 0) end_ = End::kComplete;
  return true;
}

std::optional<std::string> StreamReader::Next(std::string_view delimiter) {
  for (size_t from = 0;;) {
    const size_t at = text_.find(delimiter, from);
    if (at != std::string::npos) {
      std::string piece = text_.substr(0, at);
      text_.erase(0, at + delimiter.size());
      return piece;
    }
    from = text_.size() < delimiter.size() ? 0 : text_.size() - delimiter.size() + 1;
    if (!More()) return std::nullopt;
  }
}

std::string StreamReader::Rest() {
  while (More()) {
  }
  return std::move(text_);
}

}  // namespace dragoman::integration
