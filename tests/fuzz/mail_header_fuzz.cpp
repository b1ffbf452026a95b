// One header value read in every way there is: always valid UTF-8, and what is written of it is read back.
#include <cstdint>
#include <cstdlib>

#include "core/text.h"
#include "mail/compose.h"
#include "mail/decode.h"
#include "mail/headers.h"
#include "mail/params.h"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace mc;
  std::string_view value(reinterpret_cast<char const*>(data), size);
  auto text = mail::decode_header(value);
  require(is_utf8(text));
  auto written = mail::encode_header(text);
  require(written.size() < 100 + 6 * text.size());
  require(mail::decode_header(written).size() <= text.size());
  auto addresses = mail::decode_addresses(value);
  for (auto const& address : addresses) require(is_utf8(address.name) && is_utf8(address.mailbox));
  require(mail::encode_addresses(addresses).find("\n\r") == std::string::npos);
  mail::parse_date(value);
  for (auto const& id : mail::parse_message_ids(value)) require(id.front() == '<' && id.back() == '>');
  auto params = mail::parse_param_value(value, 16);
  require(params.params.size() <= 16);
  for (auto const& param : params.params) require(is_utf8(params.decoded(param.name)));
  for (auto encoding : {mail::TransferEncoding::base64, mail::TransferEncoding::quoted_printable,
                        mail::TransferEncoding::uuencode}) {
    auto decoded = mail::decode_transfer(value, encoding);
    require(decoded.has_value() && decoded->size() <= size + 2);
    require(is_utf8(mail::decode_text(value, encoding, "iso-2022-jp")));
  }
  require(mail::header_end(value) <= size);
  return 0;
}
