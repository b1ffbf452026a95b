#include "mail/params.h"

#include <algorithm>

#include "core/text.h"
#include "mail/charset.h"
#include "mail/decode.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_token_char(char c) {
  return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

class ParamParser {
 public:
  ParamParser(std::string_view s, std::size_t limit) : s_(s), limit_(limit) {}

  // value = word *(";" [parameter])                                RFC 2045, 5.1
  ParamValue run() {
    out_.word = until(";");
    while (at_ < s_.size()) {
      ++at_;  // ';'
      parameter();
    }
    return std::move(out_);
  }

 private:
  // parameter = attribute "=" (token / quoted-string). Lenient: an unquoted value goes to the ';'.
  void parameter() {
    auto name = to_lower(until(";="));
    if (at_ >= s_.size() || s_[at_] != '=') return;
    ++at_;
    skip_cfws();
    bool quoted = at_ < s_.size() && s_[at_] == '"';
    auto value = quoted ? quoted_string() : until(";");
    if (quoted) until(";");
    if (name.empty()) return;
    if (out_.params.size() >= limit_) {
      out_.too_many = true;
      at_ = s_.size();
      return;
    }
    out_.params.push_back({std::move(name), std::move(value), false});
  }

  // The text up to one of `stops`, comments and line ends left out, trimmed.
  std::string until(std::string_view stops) {
    std::string text;
    skip_cfws();
    while (at_ < s_.size() && stops.find(s_[at_]) == std::string_view::npos) {
      if (s_[at_] == '(' && (text.empty() || is_blank(text.back()))) {
        skip_cfws();
        continue;
      }
      if (char c = s_[at_++]; c != '\r' && c != '\n' && c != '\0') text += c;
    }
    while (!text.empty() && is_blank(text.back())) text.pop_back();
    return text;
  }

  std::string quoted_string() {
    std::string text;
    for (++at_; at_ < s_.size() && s_[at_] != '"'; ++at_) {
      if (s_[at_] == '\\' && at_ + 1 < s_.size()) ++at_;
      if (char c = s_[at_]; c != '\r' && c != '\n' && c != '\0') text += c;
    }
    if (at_ < s_.size()) ++at_;
    return text;
  }

  void skip_cfws() {
    int depth = 0;
    for (; at_ < s_.size(); ++at_) {
      char c = s_[at_];
      if (c == '(')
        ++depth;
      else if (c == ')' && depth > 0)
        --depth;
      else if (c == '\\' && depth > 0)
        ++at_;
      else if (depth == 0 && !is_blank(c))
        return;
    }
    at_ = std::min(at_, s_.size());
  }

  std::string_view s_;
  std::size_t at_ = 0, limit_;
  ParamValue out_;
};

// name = base ["*" section] ["*"]                                  RFC 2231, 7
struct Segment {
  std::string_view base;
  int section = -1;  // -1: no continuation
  bool extended = false;
  std::size_t index = 0;
};

Segment parse_segment(std::string_view name, std::size_t index) {
  Segment segment{name, -1, false, index};
  if (name.size() > 1 && name.ends_with('*')) {
    segment.extended = true;
    name.remove_suffix(1);
  }
  segment.base = name;
  auto star = name.rfind('*');
  if (star == std::string_view::npos || star == 0) return segment;
  auto digits = parse_number(name.substr(star + 1));
  if (!digits || *digits > 999) return segment;
  segment.base = name.substr(0, star);
  segment.section = static_cast<int>(*digits);
  return segment;
}

bool is_attribute_char(char c) {
  return is_token_char(c) && c != '*' && c != '\'' && c != '%';
}

void percent_encode(std::string& out, std::string_view s) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : s) {
    auto octet = static_cast<unsigned char>(c);
    if (is_attribute_char(c))
      out += c;
    else
      out += {'%', digits[octet >> 4], digits[octet & 15]};
  }
}

std::string percent_decode(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    int high = s[i] == '%' && i + 2 < s.size() ? hex_value(s[i + 1]) : -1;
    int low = high >= 0 ? hex_value(s[i + 2]) : -1;
    if (low >= 0) i += 2;
    out += low >= 0 ? static_cast<char>(high << 4 | low) : s[i];
  }
  return out;
}

// The continuation that `first` (section 0) begins, in one value.
Param join(std::vector<Param> const& params, std::vector<Segment> const& run) {
  Param joined;
  joined.name = std::string(run.front().base);
  joined.extended = std::any_of(run.begin(), run.end(), [](auto const& s) { return s.extended; });
  if (joined.extended && !run.front().extended) joined.value = "''";  // no charset was given
  for (auto const& segment : run) {
    auto const& value = params[segment.index].value;
    if (joined.extended && !segment.extended)
      percent_encode(joined.value, value);
    else
      joined.value += value;
  }
  return joined;
}

void join_continuations(std::vector<Param>& params) {
  if (std::none_of(params.begin(), params.end(),
                   [](auto const& p) { return p.name.find('*') != std::string::npos; }))
    return;
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < params.size(); ++i) segments.push_back(parse_segment(params[i].name, i));
  std::vector<Param> out;
  for (auto const& segment : segments) {
    if (segment.section < 0) {
      out.push_back({std::string(segment.base), params[segment.index].value, segment.extended});
      continue;
    }
    if (segment.section != 0) continue;  // taken along by its section 0
    std::vector<Segment> run{segment};
    for (;;) {
      auto next = std::find_if(segments.begin(), segments.end(), [&](auto const& s) {
        return s.section == static_cast<int>(run.size()) && s.base == segment.base;
      });
      if (next == segments.end()) break;
      run.push_back(*next);
    }
    out.push_back(join(params, run));
  }
  params = std::move(out);
}

}  // namespace

Param const* ParamValue::find(std::string_view name) const {
  Param const* found = nullptr;
  for (auto const& param : params)
    if (param.name == name && (!found || (param.extended && !found->extended))) found = &param;
  return found;
}

// extended-value = [charset] "'" [language] "'" text               RFC 2231, 7
std::string ParamValue::decoded(std::string_view name) const {
  auto param = find(name);
  if (!param) return {};
  std::string out;
  if (!param->extended) {
    out = decode_header(param->value);
  } else {
    std::string_view value = param->value;
    auto first = value.find('\'');
    auto second = first == std::string_view::npos ? first : value.find('\'', first + 1);
    auto charset = second == std::string_view::npos ? std::string_view() : value.substr(0, first);
    if (second != std::string_view::npos) value.remove_prefix(second + 1);
    CharsetDecoder decoder(charset);
    decoder.feed(percent_decode(value), out);
    decoder.finish(out);
  }
  blank_controls(out);
  return out;
}

ParamValue parse_param_value(std::string_view value, std::size_t limit) {
  auto parsed = ParamParser(value, limit).run();
  join_continuations(parsed.params);
  return parsed;
}

MediaType parse_media_type(std::string_view word) {
  auto slash = word.find('/');
  if (slash == std::string_view::npos) return {};
  auto type = trim(word.substr(0, slash)), subtype = trim(word.substr(slash + 1));
  subtype = subtype.substr(0, subtype.find_first_of(" \t"));
  bool tokens = !type.empty() && !subtype.empty() && std::all_of(type.begin(), type.end(), is_token_char) &&
                std::all_of(subtype.begin(), subtype.end(), is_token_char);
  if (!tokens) return {};
  return {to_lower(type), to_lower(subtype)};
}

std::string encode_extended(std::string_view utf8) {
  std::string out = "utf-8''";
  percent_encode(out, utf8);
  return out;
}

}  // namespace mc::mail
