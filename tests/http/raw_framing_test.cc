#include "http/chunk_decoder.h"
#include "raw_bytes.h"

// Where a body ends: Content-Length, Transfer-Encoding, chunks, extensions, trailers (RFC 9112 sections 6 and 7).
namespace dragoman::http {
namespace {

using RawFraming = RawBytes;

constexpr RawCase::Then kCloses = RawCase::Then::kCloses;

const std::string kBoth = Invalid("there are both a Content-Length and a Transfer-Encoding");
const std::string kLengths = Invalid("there are several Content-Length headers");
const std::string kNumber = Invalid("header \"content-length\" is not a number of bytes");
const std::string kCodings = Invalid("there are several Transfer-Encoding headers");
const std::string kCoding = Invalid("header \"transfer-encoding\" must be chunked");
const std::string kName = Invalid("a header name has a character that is not allowed, or no colon behind it");
const std::string kFold = Invalid("a header line begins with white space");
const std::string kHttp10 = Invalid("HTTP/1.0 has no Transfer-Encoding");

std::string Malformed(std::string_view what) { return Invalid("the chunked body is malformed: " + std::string(what)); }
const std::string kSize = Malformed("a chunk does not begin with its size");
const std::string kDigits = Malformed("a chunk's size has more than 16 digits");
const std::string kExtension = Malformed("a chunk's extension is not a name and a value");
const std::string kLine = Malformed("a line does not end in CR LF");
const std::string kData = Malformed("a chunk's data is not followed by CR LF");
const std::string kTrailer = Malformed("a trailer is not a name and a value");

// A body that smuggles if the length is believed, or if the chunks are.
constexpr std::string_view kSmuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n";

TEST_F(RawFraming, LengthAndCodingTogether) {
  Start();
  Play({
      Refused("length, then coding", "RFC 9112 6.1",
              Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", kSmuggled), 400, kBoth),
      Refused("coding, then length", "RFC 9112 6.1",
              Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", kSmuggled), 400, kBoth),
      Refused("upper case", "RFC 9110 5.1", Post("CONTENT-LENGTH: 5\r\nTRANSFER-ENCODING: CHUNKED\r\n", kSmuggled), 400,
              kBoth),
      Refused("length zero and coding", "RFC 9112 6.1",
              Post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", kSmuggled), 400, kBoth),
      Refused("far apart", "RFC 9112 6.1",
              Post("Transfer-Encoding: chunked\r\nX-A: 1\r\nX-B: 2\r\nContent-Length: 5\r\n", kSmuggled), 400, kBoth),
      Refused("length, coding, length", "RFC 9112 6.1",
              Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", kSmuggled), 400, kBoth),
      Refused("length and identity", "RFC 9112 6.3",
              Post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "hello"), 400, kBoth),
      Refused("identity and length", "RFC 9112 6.3",
              Post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"), 400, kCoding),
      Refused("unknown coding and length", "RFC 9112 6.3",
              Post("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"), 400, kCoding),
      Refused("both in 1.0", "RFC 9112 6.1",
              "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(kSmuggled),
              400, kBoth),
      Refused("both, on a GET", "RFC 9112 6.1",
              Get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + std::string(kSmuggled), 400, kBoth),
      Refused("coding named by Connection", "RFC 9110 7.6.1",
              Post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", kSmuggled),
              400, kBoth),
  });
}

TEST_F(RawFraming, ContentLength) {
  Start();
  Play({
      Served("zero", "RFC 9110 8.6", Post("Content-Length: 0\r\n"), "POST / s none"),
      Served("leading zeros", "RFC 9110 8.6", Post("Content-Length: 0000000000000000000000005\r\n", "hello"),
             "POST / s [hello]"),
      Served("white space around", "RFC 9112 5.1", Post("Content-Length:\t 5 \t\r\n", "hello"), "POST / s [hello]"),
      Served("on a GET", "RFC 9110 9.3.1", Get("Content-Length: 5\r\n") + "hello", "GET / s [hello]"),
      Served("none on a POST", "RFC 9112 6.3", Post(""), "POST / s none"),
      Refused("two that differ", "RFC 9112 6.3", Post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), 400,
              kLengths),
      Refused("two that are equal", "RFC 9112 6.3", Post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400,
              kLengths),
      Refused("two, apart and in other cases", "RFC 9112 6.3",
              Post("content-length: 5\r\nX: 1\r\nCONTENT-LENGTH: 0\r\n", "hello"), 400, kLengths),
      Refused("list of equal ones", "RFC 9110 8.6", Post("Content-Length: 5, 5\r\n", "hello"), 400, kNumber),
      Refused("list of different ones", "RFC 9110 8.6", Post("Content-Length: 5, 6\r\n", "hello!"), 400, kLengths),
      Refused("list with an empty element", "RFC 9110 8.6", Post("Content-Length: 5,\r\n", "hello"), 400, kNumber),
      Refused("list that begins empty", "RFC 9110 8.6", Post("Content-Length: ,5\r\n", "hello"), 400, kNumber),
      Refused("empty", "RFC 9110 8.6", Post("Content-Length:\r\n"), 400, kNumber),
      Refused("negative", "RFC 9110 8.6", Post("Content-Length: -5\r\n", "hello"), 400, kNumber),
      Refused("minus zero", "RFC 9110 8.6", Post("Content-Length: -0\r\n"), 400, kNumber),
      Refused("plus", "RFC 9110 8.6", Post("Content-Length: +5\r\n", "hello"), 400, kNumber),
      Refused("hexadecimal", "RFC 9110 8.6", Post("Content-Length: 0x5\r\n", "hello"), 400, kNumber),
      Refused("hexadecimal digits", "RFC 9110 8.6", Post("Content-Length: a\r\n", "hellohello"), 400, kNumber),
      Refused("fraction", "RFC 9110 8.6", Post("Content-Length: 5.0\r\n", "hello"), 400, kNumber),
      Refused("exponent", "RFC 9110 8.6", Post("Content-Length: 5e0\r\n", "hello"), 400, kNumber),
      Refused("quoted", "RFC 9110 8.6", Post("Content-Length: \"5\"\r\n", "hello"), 400, kNumber),
      Refused("space inside", "RFC 9110 8.6", Post("Content-Length: 1 0\r\n", "hello"), 400, kNumber),
      Refused("tab inside", "RFC 9110 8.6", Post("Content-Length: 1\t0\r\n", "hello"), 400, kNumber),
      Refused("underscore inside", "RFC 9110 8.6", Post("Content-Length: 1_0\r\n", "hello"), 400, kNumber),
      Refused("digits beyond ASCII", "RFC 9110 8.6", Post("Content-Length: \xd9\xa5\r\n", "hello"), 400, kNumber),
      Refused("unit", "RFC 9110 8.6", Post("Content-Length: 5b\r\n", "hello"), 400, kNumber),
      Refused("2^64", "RFC 9110 8.6", Post("Content-Length: 18446744073709551616\r\n", "hello"), 400, kNumber),
      Refused("2^64 + 5", "RFC 9110 8.6", Post("Content-Length: 18446744073709551621\r\n", "hello"), 400, kNumber),
      BrokenBody("2^64 - 1", "RFC 9110 15.5.14", Post("Content-Length: 18446744073709551615\r\n", "hello"), 413,
              "BODY_TOO_LARGE the body is larger than 4194304 bytes"),
      BrokenBody("2^32 + 5", "RFC 9110 15.5.14", Post("Content-Length: 4294967301\r\n", "hello"), 413,
              "BODY_TOO_LARGE the body is larger than 4194304 bytes"),
      Refused("space before the colon", "RFC 9112 5.1", Post("Content-Length : 5\r\n", "hello"), 400, kName),
      Refused("folded", "RFC 9112 5.2", Post("Content-Length:\r\n 5\r\n", "hello"), 400, kFold),
      Served("with an underscore it is another header", "RFC 9110 5.1", Post("Content_Length: 5\r\n"), "POST / s none"),
  });
}

TEST_F(RawFraming, TransferEncoding) {
  Start();
  const auto coding = [](std::string_view value) {
    return Post("Transfer-Encoding:" + std::string(value) + "\r\n", kSmuggled);
  };
  const std::string hello = "5\r\nhello\r\n0\r\n\r\n";
  Play({
      Served("chunked", "RFC 9112 7.1", Chunked(hello), "POST / s [hello]"),
      Served("case does not matter", "RFC 9112 7", Post("tRANSFER-eNCODING: cHUNKED\r\n", hello), "POST / s [hello]"),
      Served("white space around", "RFC 9112 5.1", Post("Transfer-Encoding:\t chunked \t\r\n", hello),
             "POST / s [hello]"),
      Served("on a GET", "RFC 9112 6.1", Get("Transfer-Encoding: chunked\r\n") + hello, "GET / s [hello]"),
      Served("empty body", "RFC 9112 7.1", Chunked("0\r\n\r\n"), "POST / s []"),
      Served("with an underscore it is another header", "RFC 9110 5.1", Post("Transfer_Encoding: chunked\r\n"),
             "POST / s none"),
      Served("TE is another header", "RFC 9110 10.1.4", Post("TE: chunked, trailers\r\n"), "POST / s none"),
      Refused("gzip in front", "RFC 9112 6.1", coding(" gzip, chunked"), 501, kCoding),
      Refused("gzip in front, no space", "RFC 9112 6.1", coding("gzip,chunked"), 501, kCoding),
      Refused("coding with a parameter in front", "RFC 9112 7", coding(" foo;q=1, chunked"), 501, kCoding),
      Refused("gzip behind", "RFC 9112 6.3", coding(" chunked, gzip"), 400, kCoding),
      Refused("gzip alone", "RFC 9112 6.3", coding(" gzip"), 400, kCoding),
      Refused("chunked twice", "RFC 9112 6.1", coding(" chunked, chunked"), 400, kCoding),
      Refused("chunked, identity", "RFC 9112 6.3", coding(" chunked, identity"), 400, kCoding),
      Refused("identity", "RFC 9112 6.3", coding(" identity"), 400, kCoding),
      Refused("a parameter", "RFC 9112 7.1", coding(" chunked;q=1"), 400, kCoding),
      Refused("an empty parameter", "RFC 9112 7.1", coding(" chunked;"), 400, kCoding),
      Refused("xchunked", "RFC 9112 6.3", coding(" xchunked"), 400, kCoding),
      Refused("chunkedx", "RFC 9112 6.3", coding(" chunkedx"), 400, kCoding),
      Refused("x chunked", "RFC 9112 6.3", coding(" x chunked"), 400, kCoding),
      Refused("chunked x", "RFC 9112 6.3", coding(" chunked x"), 400, kCoding),
      Refused("quoted", "RFC 9112 7", coding(" \"chunked\""), 400, kCoding),
      Refused("single quotes", "RFC 9112 7", coding(" 'chunked'"), 400, kCoding),
      Refused("a colon in the value", "RFC 9112 7", coding(": chunked"), 400, kCoding),
      Refused("empty", "RFC 9112 6.3", coding(""), 400, kCoding),
      Refused("a comma behind", "RFC 9110 5.6.1", coding(" chunked,"), 400, kCoding),
      Refused("a comma in front", "RFC 9110 5.6.1", coding(" ,chunked"), 400, kCoding),
      Refused("a letter that folds to k", "RFC 9110 5.6.2",
              coding(" chun\xe2\x84\xaa"
                     "ed"),
              400, kCoding),
      Refused("no-break space", "RFC 9110 5.6.3",
              coding(" \xa0"
                     "chunked"),
              400, kCoding),
      Refused("vertical tab", "RFC 9110 5.5", coding(" \vchunked"), 400,
              Invalid("header \"transfer-encoding\" has a control character in its value")),
      Refused("form feed behind", "RFC 9110 5.5", coding(" chunked\f"), 400,
              Invalid("header \"transfer-encoding\" has a control character in its value")),
      Refused("NUL behind", "RFC 9110 5.5", coding(std::string_view(" chunked\0", 9)), 400,
              Invalid("header \"transfer-encoding\" has a control character in its value")),
      Refused("bare CR behind", "RFC 9112 2.2", coding(" chunked\r"), 400,
              Invalid("header \"transfer-encoding\" has a control character in its value")),
      Refused("two headers", "RFC 9112 6.1",
              Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kSmuggled), 400, kCodings),
      Refused("two headers, the second identity", "RFC 9112 6.3",
              Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", kSmuggled), 400, kCodings),
      Refused("two headers, the first identity", "RFC 9112 6.3",
              Post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", kSmuggled), 400, kCoding),
      Refused("space before the colon", "RFC 9112 5.1", Post("Transfer-Encoding : chunked\r\n", kSmuggled), 400, kName),
      Refused("tab before the colon", "RFC 9112 5.1", Post("Transfer-Encoding\t: chunked\r\n", kSmuggled), 400, kName),
      Refused("space before the name", "RFC 9112 5.2", Post(" Transfer-Encoding: chunked\r\n", kSmuggled), 400, kFold),
      Refused("folded value", "RFC 9112 5.2", Post("Transfer-Encoding:\r\n chunked\r\n", kSmuggled), 400, kFold),
      Refused("hidden behind a bare LF", "RFC 9112 2.2", Post("X: 1\nTransfer-Encoding: chunked\r\n", kSmuggled), 400,
              Invalid("a line of the request head does not end in CR LF")),
      Refused("hidden behind a bare CR", "RFC 9112 2.2", Post("X: 1\rTransfer-Encoding: chunked\r\n", kSmuggled), 400,
              Invalid("header \"x\" has a control character in its value")),
      Refused("in 1.0", "RFC 9112 6.1",
              "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(kSmuggled), 400, kHttp10),
      Refused(
          "in 1.0 with keep-alive", "RFC 9112 6.1",
          "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(kSmuggled),
          400, kHttp10),
  });
}

TEST_F(RawFraming, ChunkSizesAndData) {
  Start();
  Play({
      Served("upper and lower case", "RFC 9112 7.1", Chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
             "POST / s [01234567890123456789]"),
      Served("zeros in front", "RFC 9112 7.1", Chunked("0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n"),
             "POST / s [hello]"),
      Served("data that looks like framing", "RFC 9112 7.1", Chunked("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
             "POST / s [\r\n0\r\n\r\n]"),
      BrokenBody("17 digits", "RFC 9112 7.1", Chunked("00000000000000005\r\nhello\r\n0\r\n\r\n"), 400, kDigits),
      BrokenBody("2^64", "RFC 9112 7.1", Chunked("10000000000000000\r\nhello\r\n0\r\n\r\n"), 400, kDigits),
      BrokenBody("2^64 + 5", "RFC 9112 7.1", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400, kDigits),
      BrokenBody("2^64 - 1", "RFC 9112 7.1", Chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413,
                 "BODY_TOO_LARGE the body is larger than 4194304 bytes"),
      BrokenBody("2^64 - 1 behind a chunk", "RFC 9112 7.1",
                 Chunked("5\r\nhello\r\nfffffffffffffffb\r\nhello\r\n0\r\n\r\n"), 413,
                 "BODY_TOO_LARGE the body is larger than 4194304 bytes"),
      BrokenBody("empty size", "RFC 9112 7.1", Chunked("\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("no number", "RFC 9112 7.1", Chunked("x\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("0x", "RFC 9112 7.1", Chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("plus", "RFC 9112 7.1", Chunked("+5\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("minus", "RFC 9112 7.1", Chunked("-5\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("space in front", "RFC 9112 7.1", Chunked(" 5\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("space inside", "RFC 9112 7.1", Chunked("5 5\r\nhello\r\n0\r\n\r\n"), 400, kExtension),
      BrokenBody("space behind", "RFC 9112 7.1", Chunked("5 \r\nhello\r\n0\r\n\r\n"), 400, kExtension),
      BrokenBody("tab behind the last size", "RFC 9112 7.1", Chunked("0\t\r\n\r\n"), 400, kExtension),
      BrokenBody("underscore", "RFC 9112 7.1", Chunked("0_5\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("h behind", "RFC 9112 7.1", Chunked("5h\r\nhello\r\n0\r\n\r\n"), 400, kSize),
      BrokenBody("NUL in the size", "RFC 9112 7.1", Chunked(std::string_view("5\0\r\nhello\r\n0\r\n\r\n", 17)), 400,
                 kSize),
      BrokenBody("bare LF behind the size", "RFC 9112 7.1", Chunked("5\nhello\r\n0\r\n\r\n"), 400, kLine),
      BrokenBody("bare CR behind the size", "RFC 9112 7.1", Chunked("5\rhello\r\n0\r\n\r\n"), 400, kLine),
      BrokenBody("CR CR LF behind the size", "RFC 9112 7.1", Chunked("5\r\r\nhello\r\n0\r\n\r\n"), 400, kLine),
      BrokenBody("no CRLF behind the data", "RFC 9112 7.1", Chunked("5\r\nhello0\r\n\r\n"), 400, kData),
      BrokenBody("two bytes instead of CRLF", "RFC 9112 7.1", Chunked("5\r\nhelloXX0\r\n\r\n"), 400, kData),
      BrokenBody("bare LF behind the data", "RFC 9112 7.1", Chunked("5\r\nhello\n0\r\n\r\n"), 400, kData),
      BrokenBody("bare CR behind the data", "RFC 9112 7.1", Chunked("5\r\nhello\r0\r\n\r\n"), 400, kData),
      BrokenBody("LF CR behind the data", "RFC 9112 7.1", Chunked("5\r\nhello\n\r0\r\n\r\n"), 400, kData),
      BrokenBody("data longer than its size", "RFC 9112 7.1", Chunked("4\r\nhello\r\n0\r\n\r\n"), 400, kData),
      BrokenBody("data shorter than its size", "RFC 9112 7.1", Chunked("6\r\nhello\r\n0\r\n\r\n"), 400, kData),
      BrokenBody("bare LF behind the last size", "RFC 9112 7.1", Chunked("0\n\r\n"), 400, kLine),
      BrokenBody("bare LF as the last line", "RFC 9112 7.1", Chunked("0\r\n\n"), 400, kLine),
      BrokenBody("bare CR as the last line", "RFC 9112 7.1",
                 Chunked("0\r\n\rGET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n"), 400, kLine),
      BrokenBody("the last line is missing", "RFC 9112 7.1.2", Chunked("0\r\nGET /smuggled HTTP/1.1\r\n"), 400,
                 kTrailer),
      BrokenBody("no chunks at all", "RFC 9112 7.1", Chunked("hello"), 400, kSize),
  });
}

TEST_F(RawFraming, ChunkExtensions) {
  Start();
  const auto extended = [](std::string_view extension) {
    return Chunked("5" + std::string(extension) + "\r\nhello\r\n0" + std::string(extension) + "\r\n\r\n");
  };
  const std::string echo = "POST / s [hello]";
  std::string many;
  for (int i = 0; i < 100; ++i) many += "1;" + std::string(99, 'x') + "\r\na\r\n";
  Play({
      Served("name", "RFC 9112 7.1.1", extended(";a"), echo),
      Served("name and value", "RFC 9112 7.1.1", extended(";a=b"), echo),
      Served("several", "RFC 9112 7.1.1", extended(";a=b;c;d=\"e\""), echo),
      Served("quoted string", "RFC 9112 7.1.1", extended(";a=\"b; c \\\" \\\\ \xc3\xa9\""), echo),
      Served("empty quoted string", "RFC 9112 7.1.1", extended(";a=\"\""), echo),
      Served("white space around", "RFC 9112 7.1.1", extended(" \t; \ta \t=\t b ; c"), echo),
      Served("just within the bound", "RFC 9112 7.1.1",
             Chunked("5;" + std::string(ChunkDecoder::kMaxExtensions - 1, 'x') + "\r\nhello\r\n0\r\n\r\n"), echo),
      BrokenBody("over the bound", "RFC 9112 7.1.1",
                 Chunked("5;" + std::string(ChunkDecoder::kMaxExtensions + 1, 'x') + "\r\nhello\r\n0\r\n\r\n"), 400,
                 Invalid("the chunk extensions are longer than 8192 bytes together")),
      BrokenBody("over the bound together", "RFC 9112 7.1.1", Chunked(many + "0\r\n\r\n"), 400,
                 Invalid("the chunk extensions are longer than 8192 bytes together")),
      BrokenBody("over the bound without an end", "RFC 9112 7.1.1", Chunked("5;a=\"" + std::string(10'000, 'x')), 400,
                 Invalid("the chunk extensions are longer than 8192 bytes together")),
      BrokenBody("empty name", "RFC 9112 7.1.1", extended(";"), 400, kExtension),
      BrokenBody("empty name before another", "RFC 9112 7.1.1", extended(";;a"), 400, kExtension),
      BrokenBody("value without a name", "RFC 9112 7.1.1", extended(";=b"), 400, kExtension),
      BrokenBody("empty value", "RFC 9112 7.1.1", extended(";a="), 400, kExtension),
      BrokenBody("two values", "RFC 9112 7.1.1", extended(";a=b=c"), 400, kExtension),
      BrokenBody("space inside a name", "RFC 9112 7.1.1", extended(";a b"), 400, kExtension),
      BrokenBody("space inside a value", "RFC 9112 7.1.1", extended(";a=b c"), 400, kExtension),
      BrokenBody("space at the end", "RFC 9112 7.1.1", extended(";a "), 400, kExtension),
      BrokenBody("space behind a value", "RFC 9112 7.1.1", extended(";a=b "), 400, kExtension),
      BrokenBody("comma", "RFC 9112 7.1.1", extended(",a"), 400, kSize),
      BrokenBody("no token", "RFC 9112 7.1.1", extended(";a=/"), 400, kExtension),
      BrokenBody("text behind a quoted string", "RFC 9112 7.1.1", extended(";a=\"b\"c"), 400, kExtension),
      BrokenBody("quoted string without an end", "RFC 9110 5.6.4", extended(";a=\"b"), 400, kExtension),
      BrokenBody("CRLF in a quoted string", "RFC 9110 5.6.4", extended(";a=\"b\r\nc\""), 400, kExtension),
      BrokenBody("CRLF behind a backslash", "RFC 9110 5.6.4", extended(";a=\"b\\\r\nc\""), 400, kExtension),
      BrokenBody("bare LF in a quoted string", "RFC 9110 5.6.4", extended(";a=\"b\nc\""), 400, kLine),
      BrokenBody("control character in a quoted string", "RFC 9110 5.6.4", extended(";a=\"\x01\""), 400, kExtension),
      BrokenBody("bare LF", "RFC 9112 7.1.1", extended(";a\n"), 400, kLine),
      BrokenBody("bare LF that hides a chunk", "RFC 9112 7.1.1",
                 Chunked("2;\nxx\r\n4c\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n"), 400, kLine),
      BrokenBody("bare CR", "RFC 9112 7.1.1", extended(";a\rb"), 400, kLine),
      BrokenBody("NUL", "RFC 9112 7.1.1", extended(std::string_view(";a\0", 3)), 400, kExtension),
  });
}

TEST_F(RawFraming, Trailers) {
  Start();
  const auto trailing = [](std::string_view trailers) {
    return Chunked("5\r\nhello\r\n0\r\n" + std::string(trailers) + "\r\n");
  };
  const auto forbidden = [](std::string_view name) { return Malformed("\"" + std::string(name) + "\" is no trailer"); };
  const std::string echo = "POST / s [hello]";
  Play({
      Served("one", "RFC 9112 7.1.2", trailing("X-Checksum: 1\r\n"), echo),
      Served("several, one empty", "RFC 9112 7.1.2", trailing("A: 1\r\nB:\r\nA: \t2 \r\n"), echo),
      Served("announced", "RFC 9110 6.6.2", Post("Trailer: x\r\nTransfer-Encoding: chunked\r\n", "0\r\nX: 1\r\n\r\n"),
             "POST / s []"),
      Served("a trailer cannot close the connection", "RFC 9110 6.5.1", trailing("Connection: close\r\n"), echo),
      Served("just within the bound", "RFC 9112 7.1.2",
             trailing("a:" + std::string(ChunkDecoder::kMaxTrailers - 6, 'x') + "\r\n"), echo),
      BrokenBody("over the bound", "RFC 6585 5",
                 trailing("a:" + std::string(ChunkDecoder::kMaxTrailers - 5, 'x') + "\r\n"), 431,
                 "HEADERS_TOO_LARGE the trailers are longer than 8192 bytes"),
      BrokenBody("over the bound without an end", "RFC 6585 5", Chunked("0\r\n" + std::string(10'000, 'x')), 431,
                 "HEADERS_TOO_LARGE the trailers are longer than 8192 bytes"),
      BrokenBody("Content-Length", "RFC 9110 6.5.1", trailing("Content-Length: 5\r\n"), 400,
                 forbidden("content-length")),
      BrokenBody("Transfer-Encoding", "RFC 9110 6.5.1", trailing("TRANSFER-ENCODING: chunked\r\n"), 400,
                 forbidden("transfer-encoding")),
      BrokenBody("Host", "RFC 9110 6.5.1", trailing("X: 1\r\nHost: evil\r\n"), 400, forbidden("host")),
      BrokenBody("folded", "RFC 9112 5.2", trailing("X: 1\r\n 2\r\n"), 400, kTrailer),
      BrokenBody("folded with a tab", "RFC 9112 5.2", trailing("X: 1\r\n\t2\r\n"), 400, kTrailer),
      BrokenBody("white space in front", "RFC 9112 5.2", trailing(" X: 1\r\n"), 400, kTrailer),
      BrokenBody("space before the colon", "RFC 9112 5.1", trailing("X : 1\r\n"), 400, kTrailer),
      BrokenBody("no colon", "RFC 9112 5", trailing("X\r\n"), 400, kTrailer),
      BrokenBody("empty name", "RFC 9112 5", trailing(": 1\r\n"), 400, kTrailer),
      BrokenBody("bare LF", "RFC 9112 2.2", trailing("X: 1\nY: 2\r\n"), 400, kLine),
      BrokenBody("bare LF in a name", "RFC 9112 2.2", trailing("X\n"), 400, kLine),
      BrokenBody("bare CR", "RFC 9112 2.2", trailing("X: 1\rY: 2\r\n"), 400, kLine),
      BrokenBody("NUL in a value", "RFC 9110 5.5", trailing(std::string_view("X: \0\r\n", 6)), 400, kTrailer),
      BrokenBody("NUL in a name", "RFC 9110 5.1", trailing(std::string_view("X\0: 1\r\n", 7)), 400, kTrailer),
      BrokenBody("a request where trailers belong", "RFC 9112 7.1.2",
                 Chunked("0\r\nGET /smuggled HTTP/1.1\r\nHost: s\r\n\r\n"), 400, kTrailer),
  });
}

TEST_F(RawFraming, WhatTheFramingLeavesIsTheNextRequest) {
  Start();
  Play({
      Served("a body that is a request", "RFC 9112 6.3",
             Post("Content-Length: 37\r\n", "GET /inner HTTP/1.1\r\nHost: inner\r\n\r\n\n"),
             "POST / s [GET /inner HTTP/1.1\r\nHost: inner\r\n\r\n\n]"),
      Served("a chunk that is a request", "RFC 9112 7.1",
             Chunked("24\r\nGET /inner HTTP/1.1\r\nHost: inner\r\n\r\n\r\n0\r\n\r\n"),
             "POST / s [GET /inner HTTP/1.1\r\nHost: inner\r\n\r\n]"),
      Refused("a length that is too short", "RFC 9112 6.3", Post("Content-Length: 4\r\n", "hello:\r\n"), 400,
              Invalid("the request line does not begin with an HTTP method"))
          .After({"POST / s [hell]"}),
      Served("a length that ends the connection", "RFC 9112 9.6",
             Post("Connection: close\r\nContent-Length: 5\r\n", "hello"), "POST / s [hello]", kCloses),
  });
}

}  // namespace
}  // namespace dragoman::http
