// web/request.h - one HTTP request as the routes see it: already found strict (web/request_reader.h).
#pragma once
#include <string>

namespace mc::web {

struct Request {
  std::string method;        // "GET", "HEAD", "POST" …, as sent
  std::string path;          // of the target, without its query
  std::string content_type;  // with its parameters; empty: none
  std::string body;
  bool keep_alive = false;
};

// What a request that cannot be served is answered; the connection ends after it.
struct Refusal {
  unsigned status = 400;
  std::string text;  // why, for people; names nothing of the request
};

}  // namespace mc::web
