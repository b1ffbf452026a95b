#include "web/request_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

namespace mc::web {

namespace http = boost::beast::http;

RequestReader::State RequestReader::read(std::string_view data) {
  if (state_ != State::more) return state_;
  if (head_ == 0 && read_head(data) != State::more) return state_;
  if (head_ == 0) return State::more;
  std::size_t const whole = head_ + framing_.content_length;
  if (data.size() < whole) return State::more;
  framing_.expects_continue = false;  // the body is there already
  return parse(data.substr(0, whole));
}

bool RequestReader::take_expectation() { return std::exchange(framing_.expects_continue, false); }

void RequestReader::reset() { *this = RequestReader(); }

RequestReader::State RequestReader::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  return state_ = State::refused;
}

RequestReader::State RequestReader::read_head(std::string_view data) {
  auto found = find_head(data, seen_);
  seen_ = data.size();
  if (auto* refusal = std::get_if<Refusal>(&found)) return refuse(std::move(*refusal));
  auto end = std::get<0>(found);
  if (!end) return State::more;
  auto framing = check_head(data.substr(0, *end));
  if (auto* refusal = std::get_if<Refusal>(&framing)) return refuse(std::move(*refusal));
  framing_ = std::get<Framing>(framing);
  head_ = *end;
  return State::more;
}

// `whole` is the request as the filter cut it: Beast must see exactly one request in it.
RequestReader::State RequestReader::parse(std::string_view whole) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(max_head);
  parser.body_limit(max_body);
  parser.eager(true);
  boost::system::error_code error;
  std::size_t const used = parser.put(boost::asio::const_buffer(whole.data(), whole.size()), error);
  if (error || !parser.is_done() || used != whole.size()) return refuse({400, "Malformed request"});
  request_.keep_alive = parser.keep_alive() && parser.get().version() == 11;
  auto message = parser.release();
  request_.method = message.method_string();
  std::string_view const target(message.target().data(), message.target().size());
  request_.path = target.substr(0, target.find('?'));
  request_.content_type = message[http::field::content_type];
  request_.body = std::move(message.body());
  used_ = used;
  return state_ = State::ready;
}

}  // namespace mc::web
