// Any octets a client may send: read as requests, one after the other.
//
// The first octet chooses how the rest is cut into reads. What comes of it must be the same as without cuts; the form in a body is
// looked at too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "web/form.h"
#include "web/request_reader.h"

namespace {

using namespace mc::web;

void require(bool condition) {
  if (!condition) std::abort();
}

// Everything said about the octets, in one text.
std::string describe(std::string_view octets, std::size_t step) {
  std::string out;
  RequestReader reader;
  for (std::size_t end = 0; end < octets.size();) {
    end = std::min(octets.size(), end + step);
    auto state = reader.read(octets.substr(0, end));
    if (state == RequestReader::State::refused) return out + std::to_string(reader.refusal().status);
    while (state == RequestReader::State::ready) {
      Request const& r = reader.request();
      require(reader.used() > 0 && reader.used() <= end && r.body.size() <= max_body);
      out += r.method + ' ' + r.path + ' ' + r.content_type + ' ' + r.body + (r.keep_alive ? "+" : "-");
      out += find_form_value(r.content_type, r.body, "List-Unsubscribe").value_or("");
      octets.remove_prefix(reader.used());
      end -= reader.used();
      reader.reset();
      state = reader.read(octets.substr(0, end));
      if (state == RequestReader::State::refused) return out + std::to_string(reader.refusal().status);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view const octets(reinterpret_cast<char const*>(data) + 1, size - 1);
  require(describe(octets, octets.size() + 1) == describe(octets, std::size_t{1} + data[0] % 64));
  return 0;
}
