// web/form.h - what a form sent: just enough to find one field. Pure. Any octets are safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mc::web {

// The value of the first field `name` in a body of this Content-Type: application/x-www-form-urlencoded or
// multipart/form-data (RFC 7578). Absent: no such field, another type, a malformed body.
std::optional<std::string> find_form_value(std::string_view content_type, std::string_view body, std::string_view name);

}  // namespace mc::web
