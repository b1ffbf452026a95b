#include "imap/mailbox_list.h"

#include <algorithm>
#include <array>

namespace mc::imap {

MailboxList::MailboxList(ListArgs const& args, std::vector<store::MailboxInfo> mailboxes,
                         std::vector<std::string> subscriptions)
    : args_(args), mailboxes_(std::move(mailboxes)) {
  for (std::string const& pattern : args.patterns) patterns_.emplace_back(pattern, args.reference);
  for (std::size_t i = 0; i < mailboxes_.size(); ++i) names_[add(mailboxes_[i].name)].mailbox = i;
  for (std::string& name : subscriptions) {
    std::size_t at = add(name);
    names_[at].subscribed = true;
    if (wants(ListSelect::recursive_match) && !names_[at].mailbox) add_superiors(name);
  }
  for (store::MailboxInfo const& info : mailboxes_)
    for_each_superior(info.name, [](Name& above) { above.has_children = true; });
}

std::size_t MailboxList::add(std::string name) {
  auto [at, is_new] = places_.emplace(name, names_.size());
  if (is_new) names_.push_back(Name{std::move(name), {}});
  return at->second;
}

void MailboxList::add_superiors(std::string const& name) {
  for (std::size_t at = name.rfind(hierarchy_delimiter); at != name.npos && at > 0;
       at = name.rfind(hierarchy_delimiter, at - 1))
    add(name.substr(0, at));
}

// f(Name&) for those above `name` that are candidates.
template <class F>
void MailboxList::for_each_superior(std::string_view name, F f) {
  for (std::size_t at = name.rfind(hierarchy_delimiter); at != name.npos && at > 0;
       at = name.rfind(hierarchy_delimiter, at - 1)) {
    auto above = places_.find(std::string(name.substr(0, at)));
    if (above != places_.end()) f(names_[above->second]);
  }
}

bool MailboxList::fits_selection(Name const& name) const {
  bool by_subscription = wants(ListSelect::subscribed);
  if (by_subscription ? !name.subscribed : !name.mailbox) return false;
  return !wants(ListSelect::special_use) || (name.mailbox && !mailboxes_[*name.mailbox].special_use.empty());
}

void MailboxList::match(std::size_t i) {
  Name& name = names_[i];
  name.matches = std::any_of(patterns_.begin(), patterns_.end(),
                             [&](ListPattern const& pattern) { return pattern.matches(name.name); });
  if (!name.matches && wants(ListSelect::recursive_match) && fits_selection(name))
    for_each_superior(name.name, [](Name& above) { above.unlisted_below = true; });
}

// RFC 5258, 3.5: a name that does not fit itself is listed for one below it only if that one is not listed.
std::optional<ListLine> MailboxList::line(std::size_t i) const {
  Name const& name = names_[i];
  bool selected = fits_selection(name);
  if (!name.matches || (!selected && !name.unlisted_below)) return std::nullopt;
  ListLine line;
  line.name = name.name;
  line.mailbox = name.mailbox;
  line.selected = selected;
  line.subscribed =
      name.subscribed && (wants(ListSelect::subscribed) || args_.returns.contains(ListReturn::subscribed));
  line.has_children = name.has_children;
  line.child_info = name.unlisted_below;
  if (name.mailbox) line.special_use = mailboxes_[*name.mailbox].special_use;
  return line;
}

// mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
//                [SP mbox-list-extended]                                 RFC 9051, 9
void write_list(Writer& out, ListArgs const& args, ListLine const& line) {
  out.raw("* LIST (");
  bool first = true;
  auto attribute = [&](std::string_view text) {
    if (!first) out.sp();
    first = false;
    out.raw(text);
  };
  if (line.subscribed) attribute("\\Subscribed");
  if (!line.mailbox) attribute("\\NonExistent");
  if (line.mailbox) attribute(line.has_children ? "\\HasChildren" : "\\HasNoChildren");
  if (!line.special_use.empty()) attribute(line.special_use);
  out.raw(") \"/\" ").mailbox(line.name);
  if (line.child_info) {
    out.raw(" (\"CHILDINFO\" (");
    first = true;
    if (args.select.contains(ListSelect::subscribed)) attribute("\"SUBSCRIBED\"");
    if (args.select.contains(ListSelect::special_use)) attribute("\"SPECIAL-USE\"");
    out.raw("))");
  }
  out.crlf();
}

// A name listed only for what is below it is \NoSelect                  RFC 3501, 6.3.9
void write_lsub(Writer& out, ListLine const& line) {
  out.raw(line.selected ? "* LSUB () \"/\" " : "* LSUB (\\NoSelect) \"/\" ").mailbox(line.name).crlf();
}

}  // namespace mc::imap
