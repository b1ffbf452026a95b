#include "mail/scan.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "core/text.h"

namespace mc::mail {
namespace {

struct FieldName {
  std::string_view name;
  FieldId id;
};
constexpr auto field_names = std::to_array<FieldName>({
    {"auto-submitted", FieldId::auto_submitted},
    {"bcc", FieldId::bcc},
    {"cc", FieldId::cc},
    {"content-description", FieldId::content_description},
    {"content-disposition", FieldId::content_disposition},
    {"content-id", FieldId::content_id},
    {"content-language", FieldId::content_language},
    {"content-location", FieldId::content_location},
    {"content-md5", FieldId::content_md5},
    {"content-transfer-encoding", FieldId::content_transfer_encoding},
    {"content-type", FieldId::content_type},
    {"date", FieldId::date},
    {"from", FieldId::from},
    {"in-reply-to", FieldId::in_reply_to},
    {"list-id", FieldId::list},
    {"list-post", FieldId::list},
    {"list-unsubscribe", FieldId::list},
    {"message-id", FieldId::message_id},
    {"precedence", FieldId::precedence},
    {"received", FieldId::received},
    {"references", FieldId::references},
    {"reply-to", FieldId::reply_to},
    {"sender", FieldId::sender},
    {"subject", FieldId::subject},
    {"to", FieldId::to},
});

std::optional<FieldId> find_field(std::string_view name) {
  for (auto const& row : field_names)
    if (row.name.size() == name.size() && row.name[0] == ascii_lower(name[0]) && iequals(row.name, name))
      return row.id;
  return std::nullopt;
}

bool is_address_field(FieldId id) {
  return id == FieldId::from || id == FieldId::sender || id == FieldId::reply_to || id == FieldId::to ||
         id == FieldId::cc || id == FieldId::bcc;
}

// All fields kept of one message: a bound on memory, far above what 10,000 parts need.
constexpr std::size_t most_fields_kept = 200'000;

class Scanner {
 public:
  Scanner(std::string_view octets, Limits const& limits) : in_(octets), limits_(limits) {}

  Scan run() {
    open(Part::no_parent, false);
    do {
      while (read_header() && !out_.over_limit) {
        open_nested();
        if (out_.over_limit) break;
      }
    } while (!out_.over_limit && next_part() && !out_.over_limit);
    return std::move(out_);
  }

  Scan run_opaque() {
    open(Part::no_parent, false);
    read_fields();
    out_.over_limit = false;
    auto& node = out_.nodes[0];
    node.part.type = "application";
    node.part.subtype = "octet-stream";
    node.part.number = 1;
    node.part.body_end = in_.size();
    node.part.lines = static_cast<std::uint64_t>(
        std::count(in_.begin() + static_cast<std::ptrdiff_t>(at_), in_.end(), '\n'));
    bool nul = in_.find('\0', at_) != std::string_view::npos;
    node.part.encoding = nul ? TransferEncoding::binary : TransferEncoding::eight_bit;
    return std::move(out_);
  }

 private:
  // An open node. Containers stay open until the boundary or end that closes what they are in.
  struct Frame {
    std::size_t node;
    std::string boundary;  // empty: no multipart, or one whose closing boundary was seen
    std::uint64_t body_line = 0;
    std::uint32_t children = 0;
    bool digest = false;
  };
  struct Match {
    std::size_t frame;
    bool closing;
  };

  void open(std::int32_t parent, bool numbered) {
    if (out_.nodes.size() >= limits_.parts || stack_.size() > limits_.depth) {
      out_.over_limit = true;
      return;
    }
    Node node;
    node.part.parent = parent;
    node.part.header_begin = node.part.header_end = node.part.body_begin = node.part.body_end = at_;
    if (numbered) node.part.number = ++stack_.back().children;
    out_.nodes.push_back(std::move(node));
    Frame frame;
    frame.node = out_.nodes.size() - 1;
    stack_.push_back(std::move(frame));
  }

  void open_nested() { open(static_cast<std::int32_t>(stack_.back().node), false); }

  // Reads the header of the newest node; true if it is a message, whose own header comes next.
  bool read_header() {
    read_fields();
    auto& node = out_.nodes.back();
    if (!out_.over_limit) resolve_type(node);
    stack_.back().body_line = line_;
    return node.part.kind == PartKind::message;
  }

  void read_fields() {
    auto& node = out_.nodes.back();
    node.fields_begin = static_cast<std::uint32_t>(out_.fields.size());
    std::size_t count = 0;
    while (at_ < in_.size()) {
      if (auto empty = empty_line()) {
        at_ += empty;
        ++line_;
        break;
      }
      if (find_boundary(in_.substr(at_))) break;
      auto begin = at_;
      do {
        to_next_line();
      } while (at_ < in_.size() && (in_[at_] == ' ' || in_[at_] == '\t'));
      if (++count > limits_.fields) out_.over_limit = true;
      if (!out_.over_limit) keep_field(in_.substr(begin, at_ - begin));
    }
    node.fields_end = static_cast<std::uint32_t>(out_.fields.size());
    node.part.header_end = node.part.body_begin = node.part.body_end = at_;
  }

  std::size_t empty_line() const {
    if (in_[at_] == '\n') return 1;
    return in_[at_] == '\r' && at_ + 1 < in_.size() && in_[at_ + 1] == '\n' ? 2 : 0;
  }

  void to_next_line() {
    auto lf = static_cast<char const*>(std::memchr(in_.data() + at_, '\n', in_.size() - at_));
    if (lf) {
      at_ = static_cast<std::size_t>(lf - in_.data()) + 1;
      ++line_;
    } else {
      at_ = in_.size();
    }
  }

  void keep_field(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    auto colon = text.find_first_of(":\n");
    if (colon == std::string_view::npos || text[colon] == '\n') return;
    auto name = trim(text.substr(0, colon));
    if (name.size() < 2 || name.size() > 32) return;
    auto id = find_field(name);
    if (!id) return;
    if (out_.fields.size() >= most_fields_kept) {
      out_.over_limit = true;
      return;
    }
    auto limit = is_address_field(*id) ? limits_.address_field : limits_.value;
    out_.fields.push_back({*id, text.substr(colon + 1, limit)});
  }

  void resolve_type(Node& node) {
    auto& part = node.part;
    auto content_type = out_.find(node, FieldId::content_type);
    ParamValue value;
    if (content_type) value = parse_param_value(content_type->value, limits_.parameters);
    auto media = parse_media_type(value.word);
    if (media.type == "multipart") begin_multipart(value, media);
    if (media.type.empty()) {
      bool in_digest = stack_.size() > 1 && stack_[stack_.size() - 2].digest && !content_type;
      media = in_digest ? MediaType{"message", "rfc822"} : MediaType{"text", "plain"};
    }
    part.type = std::move(media.type);
    part.subtype = std::move(media.subtype);
    if (part.type == "multipart") part.kind = PartKind::multipart;
    if (part.type == "message" && (part.subtype == "rfc822" || part.subtype == "global"))
      part.kind = PartKind::message;
    if (auto encoding = out_.find(node, FieldId::content_transfer_encoding))
      part.encoding = parse_transfer_encoding(encoding->value);
    if (part.type == "text") part.charset = to_lower(trim(value.decoded("charset")));
    if (part.type == "text" && part.charset.empty()) part.charset = "us-ascii";
    resolve_disposition(node, value);
    node.type_params = std::move(value.params);
    out_.over_limit |= value.too_many;
    if (part.number == 0 && part.kind != PartKind::multipart) part.number = 1;
  }

  // A multipart without a boundary is none: `media` is then emptied.
  void begin_multipart(ParamValue& value, MediaType& media) {
    auto boundary = value.find("boundary");
    auto text = boundary ? std::string(boundary->value) : std::string();
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
    if (text.empty()) {
      media = {};
      value.params.clear();
      return;
    }
    stack_.back().boundary = std::move(text);
    stack_.back().digest = media.subtype == "digest";
  }

  void resolve_disposition(Node& node, ParamValue const& type) {
    auto& part = node.part;
    if (auto field = out_.find(node, FieldId::content_disposition)) {
      auto value = parse_param_value(field->value, limits_.parameters);
      part.disposition = to_lower(value.word);
      part.filename = value.decoded("filename");
      node.disposition_params = std::move(value.params);
      out_.over_limit |= value.too_many;
    }
    if (part.filename.empty()) part.filename = type.decoded("name");
  }

  // Goes on to the next part's header, closing what ends before it; false at the end of the octets.
  bool next_part() {
    while (at_ < in_.size()) {
      auto match = find_boundary(in_.substr(at_));
      auto boundary_line = at_;
      auto lines_before = line_;
      if (!match) {
        if (!any_boundary()) {
          skip_rest();
          break;
        }
        to_next_line();
        continue;
      }
      to_next_line();
      for (std::size_t inner_end = 0; stack_.size() > match->frame + 1;)
        inner_end = close(boundary_line, lines_before, inner_end);
      if (out_.over_limit) return false;
      auto& frame = stack_[match->frame];
      if (match->closing) {
        add_missing_child(frame, boundary_line);
        frame.boundary.clear();
        continue;
      }
      open(static_cast<std::int32_t>(frame.node), true);
      return true;
    }
    while (!stack_.empty()) close_at_end();
    return false;
  }

  bool any_boundary() const {
    return std::any_of(stack_.begin(), stack_.end(), [](auto const& f) { return !f.boundary.empty(); });
  }

  void skip_rest() {
    while (at_ < in_.size()) to_next_line();
  }

  // The open multipart whose boundary the line at the start of `text` is.
  //   delimiter = "--" boundary; close-delimiter = delimiter "--"    RFC 2046, 5.1.1
  std::optional<Match> find_boundary(std::string_view text) const {
    if (!text.starts_with("--")) return std::nullopt;
    text.remove_prefix(2);
    std::optional<Match> found;
    std::size_t longest = 0;
    for (std::size_t i = stack_.size(); i-- > 0;) {
      auto const& boundary = stack_[i].boundary;
      if (boundary.size() <= longest || !text.starts_with(boundary)) continue;
      longest = boundary.size();
      found = Match{i, text.substr(longest).starts_with("--")};
    }
    return found;
  }

  // Ends the innermost node before the boundary line at `line`, less the line end that belongs to the
  // boundary; unless a node inside, over at the same line, has that as the end of its header.
  std::size_t close(std::size_t line, std::uint64_t lines_before, std::size_t inner_end) {
    auto& frame = stack_.back();
    auto begin = out_.nodes[frame.node].part.body_begin;
    auto end = line;
    if (end > begin && inner_end < line) {
      end -= 1;
      if (end > begin && in_[end - 1] == '\r') end -= 1;
      lines_before -= 1;
    }
    finish(frame, end, lines_before);
    return end;
  }

  void close_at_end() { finish(stack_.back(), in_.size(), line_); }

  void finish(Frame& frame, std::size_t end, std::uint64_t line) {
    add_missing_child(frame, end);
    auto& part = out_.nodes[frame.node].part;
    part.body_end = std::max<std::uint64_t>(end, part.body_begin);
    part.lines = line > frame.body_line ? line - frame.body_line : 0;
    stack_.pop_back();
  }

  // IMAP has no multipart without parts.
  void add_missing_child(Frame& frame, std::size_t at) {
    auto const& parent = out_.nodes[frame.node].part;
    if (parent.kind != PartKind::multipart || frame.children > 0) return;
    if (out_.nodes.size() >= limits_.parts) {
      out_.over_limit = true;
      return;
    }
    Node node;
    node.part.parent = static_cast<std::int32_t>(frame.node);
    node.part.number = ++frame.children;
    at = std::max<std::uint64_t>(at, parent.body_begin);
    node.part.header_begin = node.part.header_end = node.part.body_begin = node.part.body_end = at;
    node.part.type = "text";
    node.part.subtype = "plain";
    node.part.charset = "us-ascii";
    node.fields_begin = node.fields_end = static_cast<std::uint32_t>(out_.fields.size());
    out_.nodes.push_back(std::move(node));
  }

  std::string_view in_;
  Limits const& limits_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;  // line ends before at_
  std::vector<Frame> stack_;
  Scan out_;
};

}  // namespace

FieldRef const* Scan::find(Node const& node, FieldId id) const {
  for (auto const& field : fields_of(node))
    if (field.id == id) return &field;
  return nullptr;
}

Scan scan(std::string_view octets, Limits const& limits) {
  return Scanner(octets, limits).run();
}

Scan scan_opaque(std::string_view octets, Limits const& limits) {
  return Scanner(octets, limits).run_opaque();
}

}  // namespace mc::mail
