#include "web/response.h"

#include <algorithm>
#include <array>

#include "core/time_text.h"

namespace mc::web {

namespace {

struct Reason {
  unsigned status;
  std::string_view words;
};
constexpr std::array<Reason, 14> reasons{{
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
}};

std::string_view reason_of(unsigned status) {
  auto row = std::find_if(reasons.begin(), reasons.end(), [&](Reason const& r) { return r.status == status; });
  return row == reasons.end() ? std::string_view("HTTP Version Not Supported") : row->words;
}

struct Face {
  Errc code;
  unsigned status;
};
constexpr std::array<Face, 13> faces{{
    {Errc::syntax, 400},
    {Errc::not_found, 404},
    {Errc::exists, 409},
    {Errc::forbidden, 409},
    {Errc::auth_failed, 404},
    {Errc::auth_required, 404},
    {Errc::limit, 503},
    {Errc::too_big, 413},
    {Errc::no_space, 503},
    {Errc::conflict, 409},
    {Errc::unsupported, 400},
    {Errc::unavailable, 503},
    {Errc::internal, 500},
}};

// "Mon, 23 Nov 2026 15:33:15 GMT"                                    RFC 9110, 5.6.7
std::string write_http_date(Time now) {
  std::string date = write_rfc5322_date(now);
  return date.replace(date.size() - 5, 5, "GMT");
}

constexpr std::string_view security =
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Strict-Transport-Security: max-age=31536000\r\n"
    "X-Content-Type-Options: nosniff\r\n";

}  // namespace

Response make_page(unsigned status, Page const& page) {
  Response response;
  response.status = status;
  response.body = write_page(page);
  return response;
}

Response make_refusal(Refusal const& refusal) {
  Response response;
  response.status = refusal.status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = refusal.text + "\n";
  return response;
}

Response make_error(Error const& error) {
  auto face = std::find_if(faces.begin(), faces.end(), [&](Face const& f) { return f.code == error.code; });
  unsigned status = face == faces.end() ? 500 : face->status;
  return make_page(status, {std::string(reason_of(status)), {error.text}, {}});
}

std::string write_response(Response const& response, Framed how, Time now) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(reason_of(response.status)) + "\r\n";
  out += "Date: " + write_http_date(now) + "\r\n";
  if (!response.allow.empty()) out += "Allow: " + response.allow + "\r\n";
  out += "Content-Type: " + response.content_type + "\r\n";
  out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  out += security;
  if (!how.keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  if (!how.head) out += response.body;
  return out;
}

}  // namespace mc::web
