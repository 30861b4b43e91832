// Shows what becomes of a REST request, and of the reply that a backend gives.
//
//   translate library.binpb POST '/v1/shelves/7/books?request_id=r-12' '{"title": "Persuasion"}'

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "library.pb.h"
#include "transcoding/transcoder.h"

using dragoman::Buffer;
using dragoman::Code;
using dragoman::Result;
using dragoman::Status;
using dragoman::transcoding::HttpRequest;
using dragoman::transcoding::JsonCodec;
using dragoman::transcoding::Transcoder;

namespace {

// What a gRPC service would do: wire bytes in, wire bytes out.
Result<std::string> CallBackend(const std::string& grpc_path, std::string_view message) {
  library::v1::Book book;
  if (grpc_path == "/library.v1.Library/CreateBook") {
    library::v1::CreateBookRequest request;
    request.ParseFromArray(message.data(), static_cast<int>(message.size()));
    std::cout << "message  " << request.ShortDebugString() << '\n';
    book = request.book();
    book.set_name("shelves/" + request.shelf() + "/books/1");
  } else {
    library::v1::GetBookRequest request;
    request.ParseFromArray(message.data(), static_cast<int>(message.size()));
    std::cout << "message  " << request.ShortDebugString() << '\n';
    return dragoman::Refuse(Status(Code::kNotFound, "there is no " + request.name()));
  }
  return book.SerializeAsString();
}

int ShowError(const Transcoder& transcoder, const Status& error, JsonCodec& codec) {
  Buffer body;
  transcoder.RenderError(error, codec, body);
  std::cout << "answer   " << error.http_status() << ' ' << body.view() << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: translate DESCRIPTORS HTTP_METHOD TARGET [BODY]\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string descriptors(std::istreambuf_iterator<char>(file), {});
  const auto transcoder = Transcoder::Build({{argv[1], descriptors}});
  if (!transcoder) {
    for (const dragoman::Problem& problem : transcoder.error())
      std::cerr << problem.where << ": " << problem.what << '\n';
    return 1;
  }

  JsonCodec codec = transcoder->NewCodec();
  Buffer body(argc > 4 ? argv[4] : "");
  Buffer message;
  const HttpRequest request{
      .http_method = argv[2], .target = argv[3], .content_type = "application/json", .body = &body};
  const Result<const Transcoder::Method*> method = transcoder->Translate(request, codec, message);
  if (!method) return ShowError(*transcoder, method.error(), codec);
  std::cout << "call     " << (*method)->grpc_path << '\n';

  const Result<std::string> reply = CallBackend((*method)->grpc_path, message.view());
  if (!reply) return ShowError(*transcoder, reply.error(), codec);
  Buffer json;
  std::string type_scratch;
  const Result<std::string_view> content_type = transcoder->Render(**method, *reply, codec, json, type_scratch);
  if (!content_type) return ShowError(*transcoder, content_type.error(), codec);
  std::cout << "answer   200 " << json.view() << '\n';
}
