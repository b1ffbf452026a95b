#include "mail/address.h"

#include <utility>

#include "core/text.h"
#include "mail/decode.h"

namespace mc::mail {
namespace {

constexpr std::size_t longest_field = 65536;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}
bool ends_word(char c) {
  return is_blank(c) || c == '<' || c == ',' || c == ';' || c == ':' || c == '@' || c == '(' || c == '"' ||
         c == '>' || c == ')';
}

class AddressParser {
 public:
  explicit AddressParser(std::string_view s) : s_(s.substr(0, longest_field)) {}

  std::vector<RawAddress> run() {
    while (skip_cfws(), at_ < s_.size()) step();
    end_entry();
    end_group();
    return std::move(out_);
  }

 private:
  // One token of an entry: words gather until a special says what they were.
  void step() {
    switch (char c = s_[at_]) {
      case ',':
        ++at_;
        return end_entry();
      case ';':
        ++at_;
        end_entry();
        return end_group();
      case ':':
        ++at_;
        return start_group();
      case '<':
        ++at_;
        return angle_address();
      case '@':
        ++at_;
        return domain_after_words();
      case '>':
      case ')':
        ++at_;
        return;  // closes nothing
      default:
        return word(c == '"' ? quoted_string() : atom());
    }
  }

  void word(std::string text) {
    bool glued = !spaced_ || text.starts_with('.') || phrase_.ends_with('.');
    if (!phrase_.empty() && spaced_) phrase_ += ' ';
    phrase_ += text;
    if (!glued && !local_.empty()) many_words_ = true;
    local_ += text;
    has_words_ = true;
    spaced_ = false;
  }

  // words "@" domain: an addr-spec, unless a "<" follows: then it was only a display name.
  void domain_after_words() {
    auto host = domain();
    phrase_ += '@';
    phrase_ += host;
    if (seen_address_) return;
    current_.mailbox = local_;
    current_.host = std::move(host);
    seen_address_ = true;
  }

  // "<" [route] [local-part ["@" domain]] ">"; the ">" may be missing
  void angle_address() {
    RawAddress found;
    skip_cfws();
    if (at_ < s_.size() && s_[at_] == '@') found.route = route();
    while (skip_cfws(), at_ < s_.size()) {
      char c = s_[at_];
      if (c == '>' || c == ',' || c == ';' || c == '<') break;
      if (c == '@') {
        ++at_;
        found.host = domain();
      } else if (c == '"') {
        found.mailbox += quoted_string();
      } else if (c == ':' || c == ')') {
        found.mailbox += s_[at_++];
      } else {
        found.mailbox += atom();
      }
    }
    if (at_ < s_.size() && s_[at_] == '>') ++at_;
    if (seen_angle_) return;  // a second one in one entry
    found.name = std::exchange(phrase_, {});
    found.has_name = has_words_;
    current_ = std::move(found);
    seen_angle_ = seen_address_ = true;
  }

  // route = "@" domain *("," "@" domain) ":"                       RFC 5322, 4.4
  std::string route() {
    std::string text;
    auto colon = s_.find_first_of(":>\"(<", at_);
    if (colon == std::string_view::npos || s_[colon] != ':') return text;
    for (char c : s_.substr(at_, colon - at_))
      if (!is_blank(c)) text += c;
    at_ = colon + 1;
    return text;
  }

  std::string domain() {
    std::string text;
    while (skip_cfws(), at_ < s_.size()) {
      char c = s_[at_];
      if (c == '[') {
        text += literal();
      } else if (ends_word(c) || (!text.empty() && spaced_ && c != '.' && !text.ends_with('.'))) {
        break;
      } else {
        text += atom();
      }
      spaced_ = false;
    }
    return text;
  }

  std::string literal() {
    auto end = s_.find_first_of("]>,;", at_);
    end = end == std::string_view::npos ? s_.size() : end + (s_[end] == ']');
    std::string text;
    for (char c : s_.substr(at_, end - at_))
      if (!is_blank(c)) text += c;
    at_ = end;
    return text;
  }

  std::string atom() {
    auto begin = at_;
    while (at_ < s_.size() && !ends_word(s_[at_])) ++at_;
    if (at_ == begin) ++at_;
    return std::string(s_.substr(begin, at_ - begin));
  }

  std::string quoted_string() {
    std::string text;
    for (++at_; at_ < s_.size() && s_[at_] != '"'; ++at_) {
      if (s_[at_] == '\\' && at_ + 1 < s_.size()) ++at_;
      if (s_[at_] != '\r' && s_[at_] != '\n' && s_[at_] != '\0') text += s_[at_];
    }
    if (at_ < s_.size()) ++at_;
    return text;
  }

  void skip_cfws() {
    while (at_ < s_.size() && (is_blank(s_[at_]) || s_[at_] == '(')) {
      if (s_[at_] == '(')
        comment();
      else
        ++at_;
      spaced_ = true;
    }
  }

  // comment = "(" *(ctext / quoted-pair / comment) ")"; the last one may be the name (obsolete form)
  void comment() {
    std::string text;
    int depth = 0;
    for (; at_ < s_.size(); ++at_) {
      char c = s_[at_];
      if (c == '\r' || c == '\n' || c == '\0') continue;
      if (c == '(' && depth++ == 0) continue;
      if (c == ')' && --depth == 0) break;
      if (c == '\\' && at_ + 1 < s_.size()) c = s_[++at_];
      text += c;
    }
    if (at_ < s_.size()) ++at_;
    comment_ = trim(text);
  }

  void start_group() {
    end_group();
    RawAddress start;
    start.kind = RawAddress::Kind::group_start;
    start.name = phrase_;
    start.has_name = true;
    out_.push_back(std::move(start));
    in_group_ = true;
    reset();
  }

  void end_group() {
    if (!std::exchange(in_group_, false)) return;
    RawAddress end;
    end.kind = RawAddress::Kind::group_end;
    out_.push_back(std::move(end));
  }

  void end_entry() {
    if (seen_address_ || has_words_) {
      if (!seen_address_) bare_words();
      if (!current_.has_name && !comment_.empty()) {
        current_.name = comment_;
        current_.has_name = true;
      }
      out_.push_back(std::move(current_));
    }
    reset();
  }

  // No address at all: one word is a local part without domain, several are a name.
  void bare_words() {
    if (!many_words_) {
      current_.mailbox = local_;
      return;
    }
    current_.name = phrase_;
    current_.has_name = true;
  }

  void reset() {
    current_ = {};
    phrase_.clear();
    local_.clear();
    comment_.clear();
    has_words_ = many_words_ = seen_address_ = seen_angle_ = spaced_ = false;
  }

  std::string_view s_;
  std::size_t at_ = 0;
  std::vector<RawAddress> out_;
  bool in_group_ = false;
  // The entry being read.
  RawAddress current_;
  std::string phrase_, local_, comment_;
  bool has_words_ = false, many_words_ = false, seen_address_ = false, seen_angle_ = false;
  bool spaced_ = false;  // white space or a comment since the last token
};

}  // namespace

std::vector<RawAddress> parse_addresses(std::string_view value) {
  return AddressParser(value).run();
}

std::vector<Address> decode_addresses(std::string_view value) {
  std::vector<Address> out;
  for (auto& raw : parse_addresses(value)) {
    if (raw.kind != RawAddress::Kind::mailbox) continue;
    out.push_back({decode_header(raw.name), decode_header(raw.mailbox), decode_header(raw.host)});
  }
  return out;
}

// msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]              RFC 5322, 3.6.4
// Lenient: whatever stands between angle brackets; white space inside is left out.
std::vector<std::string> parse_message_ids(std::string_view value) {
  constexpr std::size_t most_ids = 1000, longest_id = 998;
  std::vector<std::string> ids;
  while (ids.size() < most_ids) {
    auto begin = value.find('<');
    auto end = begin == std::string_view::npos ? begin : value.find_first_of("<>", begin + 1);
    if (end == std::string_view::npos) break;
    std::string id;
    if (value[end] == '>' && end - begin < 2 * longest_id)
      for (char c : value.substr(begin, end - begin + 1))
        if (!is_blank(c) && static_cast<unsigned char>(c) > 0x1F && c != 0x7F) id += c;
    if (id.size() > 2 && id.size() <= longest_id) ids.push_back(std::move(id));
    value.remove_prefix(value[end] == '>' ? end + 1 : end);
  }
  return ids;
}

}  // namespace mc::mail
