#include "center/rewrite.h"

#include <algorithm>
#include <array>

#include "core/text.h"
#include "mail/headers.h"

namespace mc::center {

namespace {

// What describes the content; nothing else of the author's header is kept.
bool is_content_field(std::string_view name) { return istarts_with(name, "Content-") || iequals(name, "MIME-Version"); }

// Importance = "high" / "normal" / "low"                           RFC 2156; what else stands there is not passed on
std::optional<std::string> importance_of(std::string_view octets) {
  auto const value = mail::find_header(octets, "Importance");
  if (!value) return std::nullopt;
  std::string const word = to_lower(trim(mail::unfold(*value)));
  if (word != "high" && word != "normal" && word != "low") return std::nullopt;
  return word;
}

std::string content_fields(std::string_view octets) {
  std::string out;
  mail::HeaderReader in(octets);
  while (auto field = in.next())
    if (is_content_field(field->name)) out += mail::slice(octets, field->whole);
  if (!out.empty() && !out.ends_with('\n')) out += "\r\n";  // the header ended in the middle of it
  return out;
}

bool overlaps(store::OctetRange a, mail::Range b) { return a.begin < b.end && b.begin < a.end; }

// --- subjects

// What mail programs put before the subject of a reply or a forwarded message, in lower case.
constexpr std::array<std::string_view, 24> reply_words{"re",  "aw",  "antw", "antwort", "sv",  "vs",  "vl",  "tr",
                                                       "ref", "res", "rv",   "rif",     "odp", "ynt", "ilt", "fw",
                                                       "fwd", "wg",  "enc",  "pd",      "doorst", "回复", "答复", "转发"};

// "Re: ", "AW[2]: ", "Re : " at the front; how long it is, 0: none.
std::size_t reply_mark(std::string_view subject) {
  std::string const lower = to_lower(subject.substr(0, 24));
  for (std::string_view word : reply_words) {
    if (!lower.starts_with(word)) continue;
    std::size_t at = word.size();
    if (at < lower.size() && (lower[at] == '[' || lower[at] == '(')) {
      std::size_t const close = lower.find_first_of("])", at);
      if (close == std::string::npos) continue;
      at = close + 1;
    }
    while (at < lower.size() && lower[at] == ' ') ++at;
    if (lower.substr(at).starts_with(":")) return at + 1;
    if (lower.substr(at).starts_with("：")) return at + std::string_view("：").size();
  }
  return 0;
}

// "[T-7]" anywhere; where and how long, length 0: none.
mail::Range ticket_tag(std::string_view subject) {
  for (std::size_t at = subject.find('['); at != std::string_view::npos; at = subject.find('[', at + 1)) {
    if (!istarts_with(subject.substr(at), "[T-")) continue;
    std::size_t end = at + 3;
    while (end < subject.size() && is_digit(subject[end])) ++end;
    if (end > at + 3 && end < subject.size() && subject[end] == ']') return {at, end + 1};
  }
  return {};
}

}  // namespace

Prepared rewrite(Prepared const& source, NewHeader const& header) {
  mail::Draft draft;
  draft.from = header.from;
  draft.to = header.to;
  draft.cc = header.cc;
  draft.reply_to = header.reply_to;
  draft.subject = header.subject;
  draft.message_id = header.message_id;
  draft.in_reply_to = header.in_reply_to;
  draft.references = header.references;
  draft.fields = header.fields;
  draft.auto_submitted.clear();
  if (header.date)
    draft.date = *header.date;
  else if (source.summary.date)
    draft.date = source.summary.date->time;
  std::uint64_t const content = mail::header_end(source.octets);
  std::string_view const theirs = std::string_view(source.octets).substr(0, content);
  if (auto importance = importance_of(theirs)) draft.fields.emplace_back("Importance", *importance);
  std::string lines = mail::compose_header(draft) + content_fields(theirs) + "\r\n";
  std::string block = lines;
  return derive(source, std::move(lines), {{0, content}}, std::move(block));
}

Prepared put_lines_before(Prepared const& source, std::string_view lines, std::vector<std::string_view> const& without) {
  std::uint64_t const content = mail::header_end(source.octets);
  std::string_view const theirs = std::string_view(source.octets).substr(0, content);
  auto replaced = [&](std::string_view name, std::string_view) {
    return std::any_of(without.begin(), without.end(), [&](std::string_view w) { return iequals(w, name); });
  };
  std::vector<store::OctetRange> cuts = source.cuts;
  for (mail::Range range : mail::find_cuts(theirs, replaced)) {
    bool const hidden = std::any_of(source.cuts.begin(), source.cuts.end(), [&](auto cut) { return overlaps(cut, range); });
    if (!hidden) cuts.push_back({range.begin, range.end});
  }
  std::sort(cuts.begin(), cuts.end(), [](auto a, auto b) { return a.begin < b.begin; });
  std::string block(lines);
  std::uint64_t at = 0;
  for (store::OctetRange cut : cuts) {
    block += theirs.substr(at, cut.begin - at);
    at = cut.end;
  }
  block += theirs.substr(at);
  return derive(source, std::string(lines), std::move(cuts), std::move(block));
}

std::string bare_subject(std::string_view subject) {
  std::string out(subject);
  for (mail::Range tag = ticket_tag(out); tag.size() > 0; tag = ticket_tag(out)) out.replace(tag.begin, tag.size(), " ");
  std::string_view rest = trim(out);
  for (std::size_t mark = reply_mark(rest); mark > 0; mark = reply_mark(rest)) rest = trim(rest.substr(mark));
  std::string single;
  for (char c : rest)
    if (c != ' ' || !single.ends_with(' ')) single += c;
  return single;
}

std::string id_for(store::ThreadMessage const& message, UserId reader) {
  bool const own = message.author && message.author == reader && !message.original.empty();
  return own ? message.original : message.shown;
}

ThreadFields thread_fields(store::Snapshot const& s, store::Thread thread, mail::Summary const& mail, UserId reader) {
  return thread_fields(mail, [&](std::string const& id) {
    auto message = store::find_thread_message(s, thread, id);
    return message ? id_for(*message, reader) : std::string();
  });
}

ThreadFields thread_fields(mail::Summary const& mail, std::function<std::string(std::string const& id)> const& known_as) {
  constexpr std::size_t most = 20, looked_up = 100;
  ThreadFields out;
  for (std::size_t i = 0; i < std::min(mail.in_reply_to.size(), most) && out.in_reply_to.empty(); ++i)
    out.in_reply_to = known_as(mail.in_reply_to[i]);
  std::size_t const skip = mail.references.size() > looked_up ? mail.references.size() - looked_up : 0;
  for (std::size_t i = skip; i < mail.references.size(); ++i)
    if (std::string id = known_as(mail.references[i]); !id.empty()) out.references.push_back(std::move(id));
  if (out.references.empty() && !out.in_reply_to.empty()) out.references.push_back(out.in_reply_to);
  if (out.in_reply_to.empty() && !out.references.empty()) out.in_reply_to = out.references.back();
  if (out.references.size() > most) out.references.erase(out.references.begin() + 1, out.references.end() - (most - 1));
  return out;
}

}  // namespace mc::center
