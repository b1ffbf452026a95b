#include "mail/wire.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "mail/address.h"
#include "mail/encoded_word.h"
#include "mail/utf8.h"

namespace mc::mail {
namespace {

constexpr std::size_t longest_quoted = 1000;  // beyond it a literal: some clients bound their lines

// string = quoted / literal                                        RFC 9051, 9
// Requires: `s` is ASCII.
void write_string(std::string& out, std::string_view s) {
  std::string clean;
  if (s.find('\0') != std::string_view::npos) {
    std::copy_if(s.begin(), s.end(), std::back_inserter(clean), [](char c) { return c != '\0'; });
    s = clean;
  }
  if (s.size() > longest_quoted || s.find_first_of("\r\n") != std::string_view::npos) {
    out += '{' + std::to_string(s.size()) + "}\r\n";
    out += s;
    return;
  }
  out += '"';
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void write_text(std::string& out, std::string_view s) {
  write_string(out, ascii_header(s));
}

// nstring = string / "NIL"; the field's text on one line, NIL without the field
void write_field(std::string& out, FieldRef const* field) {
  if (field)
    write_text(out, unfold(field->value));
  else
    out += "NIL";
}

// address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"     RFC 9051, 7.5.2
void write_address(std::string& out, RawAddress const& address) {
  using Kind = RawAddress::Kind;
  if (address.kind == Kind::group_end) {
    out += "(NIL NIL NIL NIL)";
    return;
  }
  out += '(';
  if (address.kind == Kind::group_start) {
    out += "NIL NIL ";
    write_text(out, address.name);
    out += " NIL)";
    return;
  }
  address.has_name ? write_text(out, address.name) : void(out += "NIL");
  out += ' ';
  address.route.empty() ? void(out += "NIL") : write_text(out, address.route);
  out += ' ';
  write_text(out, address.mailbox);
  out += ' ';
  write_text(out, address.host);
  out += ')';
}

// env-from = "(" 1*address ")" / nil; several fields of one name are one list. Empty if there is none.
std::string write_addresses(Scan const& scan, Node const& root, FieldId id) {
  std::string list;
  for (auto const& field : scan.fields_of(root))
    if (field.id == id)
      for (auto const& address : parse_addresses(field.value)) write_address(list, address);
  return list.empty() ? list : '(' + list + ')';
}

class StructureWriter {
 public:
  explicit StructureWriter(Scan const& scan) : scan_(scan) {}

  // Pre-order, an explicit stack of what is open: depth comes from the message.
  Structures run() {
    for (std::size_t i = 0; i < scan_.nodes.size(); ++i) {
      while (!open_.empty() && static_cast<std::int32_t>(open_.back()) != scan_.nodes[i].part.parent) close();
      begin(i);
    }
    while (!open_.empty()) close();
    return std::move(out_);
  }

 private:
  // body = "(" (body-type-1part / body-type-mpart) ")"             RFC 9051, 9
  void begin(std::size_t i) {
    auto const& node = scan_.nodes[i];
    both("(");
    if (node.part.kind != PartKind::multipart) basic(node);
    if (node.part.kind == PartKind::message) {
      auto root = i + 1 < scan_.nodes.size() ? i + 1 : i;
      both(' ' + write_envelope(scan_, scan_.nodes[root]) + ' ');
    }
    if (node.part.kind == PartKind::leaf)
      end_1part(node);
    else
      open_.push_back(i);
  }

  void close() {
    auto const& node = scan_.nodes[open_.back()];
    open_.pop_back();
    if (node.part.kind == PartKind::message) return end_1part(node);
    std::string text = " ";
    write_string(text, node.part.subtype);
    both(text);
    std::string ext = " ";
    params(ext, node.type_params);
    only_extended(ext + disposition_language_location(node));
    both(")");
  }

  // body-type-basic = media-basic SP body-fields; also the start of media-text and media-message
  // body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
  void basic(Node const& node) {
    auto const& part = node.part;
    std::string text;
    write_string(text, part.type);
    text += ' ';
    write_string(text, part.subtype);
    text += ' ';
    type_params(text, node);
    text += ' ';
    write_field(text, scan_.find(node, FieldId::content_id));
    text += ' ';
    write_field(text, scan_.find(node, FieldId::content_description));
    text += ' ';
    encoding(text, node);
    text += ' ' + std::to_string(part.body_end - part.body_begin);
    both(text);
  }

  // The lines of text and messages, then body-ext-1part = body-fld-md5 SP body-fld-dsp SP …
  void end_1part(Node const& node) {
    auto const& part = node.part;
    if (part.type == "text" || part.kind == PartKind::message) both(' ' + std::to_string(part.lines));
    std::string ext = " ";
    write_field(ext, scan_.find(node, FieldId::content_md5));
    only_extended(ext + disposition_language_location(node));
    both(")");
  }

  // Text that names no charset is us-ascii: said, as clients expect it.      RFC 2046, 4.1.2
  void type_params(std::string& out, Node const& node) const {
    bool says = std::any_of(node.type_params.begin(), node.type_params.end(),
                            [](auto const& p) { return p.name == "charset"; });
    if (node.part.type != "text" || says) return params(out, node.type_params);
    auto with_charset = node.type_params;
    with_charset.push_back({"charset", "us-ascii", false});
    params(out, with_charset);
  }

  // body-fld-param = "(" string SP string *(SP string SP string) ")" / nil
  static void params(std::string& out, std::vector<Param> const& list) {
    if (list.empty()) {
      out += "NIL";
      return;
    }
    char before = '(';
    for (auto const& param : list) {
      out += before;
      before = ' ';
      bool raw_8bit = !is_ascii(param.value);
      auto name = is_ascii(param.name) ? param.name : encode_extended(decode_header(param.name));
      write_string(out, param.extended || raw_8bit ? name + '*' : name);
      out += ' ';
      if (!raw_8bit)
        write_string(out, param.value);
      else
        write_string(
            out, param.extended ? percent_8bit(param.value) : encode_extended(decode_header(param.value)));
    }
    out += ')';
  }

  static std::string percent_8bit(std::string_view s) {
    std::string out;
    for (char c : s) {
      if (static_cast<unsigned char>(c) < 0x80)
        out += c;
      else
        out += '%' + to_upper(hex({&c, 1}));
    }
    return out;
  }

  // body-fld-enc = string; an unknown encoding keeps its name, if it has one
  void encoding(std::string& out, Node const& node) const {
    auto field = scan_.find(node, FieldId::content_transfer_encoding);
    bool named = node.part.encoding == TransferEncoding::unknown && field;
    auto name = named ? trim(field->value.substr(0, field->value.find_first_of(";("))) : std::string_view();
    bool word =
        !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    write_string(out, word ? name : to_string(node.part.encoding));
  }

  // SP body-fld-dsp SP body-fld-lang SP body-fld-loc
  std::string disposition_language_location(Node const& node) const {
    std::string out = " ";
    if (node.part.disposition.empty()) {
      out += "NIL";
    } else {
      out += '(';
      write_text(out, node.part.disposition);
      out += ' ';
      params(out, node.disposition_params);
      out += ')';
    }
    out += ' ';
    languages(out, scan_.find(node, FieldId::content_language));
    out += ' ';
    write_field(out, scan_.find(node, FieldId::content_location));
    return out;
  }

  // body-fld-lang = nstring / "(" string *(SP string) ")"
  static void languages(std::string& out, FieldRef const* field) {
    std::string list;
    auto value = field ? unfold(field->value) : std::string();
    for (auto tag : split(value, ',')) {
      tag = trim(tag);
      tag = tag.substr(0, tag.find_first_of(" \t(;"));
      if (tag.empty()) continue;
      list += list.empty() ? '(' : ' ';
      write_text(list, tag);
    }
    out += list.empty() ? "NIL" : list + ')';
  }

  void both(std::string_view s) {
    out_.body += s;
    out_.bodystructure += s;
  }
  void only_extended(std::string_view s) { out_.bodystructure += s; }

  Scan const& scan_;
  std::vector<std::size_t> open_;
  Structures out_;
};

}  // namespace

std::string write_envelope(Scan const& scan, Node const& root) {
  std::string out = "(";
  write_field(out, scan.find(root, FieldId::date));
  out += ' ';
  write_field(out, scan.find(root, FieldId::subject));
  auto from = write_addresses(scan, root, FieldId::from);
  constexpr std::array lists{FieldId::from, FieldId::sender, FieldId::reply_to,
                             FieldId::to,   FieldId::cc,     FieldId::bcc};
  for (auto id : lists) {
    bool from_stands_in = id == FieldId::from || id == FieldId::sender || id == FieldId::reply_to;
    auto list = id == FieldId::from ? from : write_addresses(scan, root, id);
    if (list.empty() && from_stands_in) list = from;
    out += ' ';
    out += list.empty() ? "NIL" : list;
  }
  out += ' ';
  write_field(out, scan.find(root, FieldId::in_reply_to));
  out += ' ';
  write_field(out, scan.find(root, FieldId::message_id));
  out += ')';
  return out;
}

Structures write_structures(Scan const& scan) {
  return StructureWriter(scan).run();
}

}  // namespace mc::mail
