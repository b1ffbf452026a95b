// web/response.h - one answer, and how it is written. Pure.
#pragma once
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "web/html.h"
#include "web/request.h"

namespace mc::web {

struct Response {
  unsigned status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::string body;
  std::string allow;  // for 405: "GET, HEAD"
};

Response make_page(unsigned status, Page const& page);
Response make_refusal(Refusal const& refusal);
// The web's face of an error: 404, 409, 503 … with its text.
Response make_error(Error const& error);

struct Framed {
  bool head = false;        // the answer to HEAD: all but the body
  bool keep_alive = false;
};
// Status line, Date, security fields (nothing is stored by anybody, no script, no frame, no referrer, HTTPS only), the body.
std::string write_response(Response const& response, Framed how, Time now);

}  // namespace mc::web
