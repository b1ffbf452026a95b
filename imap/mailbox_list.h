// imap/mailbox_list.h - which mailboxes LIST and LSUB answer with, and as what.
//
// Holds what one snapshot knew: mailboxes and subscriptions, and with RECURSIVEMATCH also
// the names above subscriptions that have no mailbox. Each name is asked once whether the patterns
// mean it (match()); then lines can be had. The caller decides how much at a time.
//
// Pure: no store, no session.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "imap/match.h"
#include "imap/parse_list.h"
#include "imap/writer.h"
#include "store/mailboxes.h"

namespace mc::imap {

// One LIST response.
struct ListLine {
  std::string_view name;
  std::optional<std::size_t> mailbox;  // place in the mailboxes given; absent: there is none of that name
  bool subscribed = false;             // as far as asked: selected by it, or RETURN (SUBSCRIBED)
  bool selected = false;               // fits the selection itself, not only one below it
  bool has_children = false;
  bool child_info = false;       // one below it fits the selection, and is not listed
  std::string_view special_use;  // "" for none
};

class MailboxList {
 public:
  // Lifetime: of `args`. `mailboxes` in the order to be listed.
  MailboxList(ListArgs const& args, std::vector<store::MailboxInfo> mailboxes,
              std::vector<std::string> subscriptions);

  std::size_t size() const { return names_.size(); }  // candidates
  // Compares name `i` with the patterns; each once, in any order, before line().
  void match(std::size_t i);
  // Absent: not to be listed.
  std::optional<ListLine> line(std::size_t i) const;

 private:
  struct Name {
    std::string name;
    std::optional<std::size_t> mailbox;
    bool subscribed = false;
    bool matches = false;
    bool has_children = false;
    bool unlisted_below = false;  // fits the selection, not the patterns
  };

  std::size_t add(std::string name);
  void add_superiors(std::string const& name);
  template <class F>
  void for_each_superior(std::string_view name, F f);
  bool wants(ListSelect option) const { return args_.select.contains(option); }
  bool fits_selection(Name const& name) const;

  ListArgs const& args_;
  std::vector<store::MailboxInfo> mailboxes_;
  std::vector<ListPattern> patterns_;
  std::vector<Name> names_;
  std::unordered_map<std::string, std::size_t> places_;
};

// "* LIST (\HasNoChildren \Sent) "/" Sent", with CHILDINFO naming the options of `args`.
void write_list(Writer& out, ListArgs const& args, ListLine const& line);
// "* LSUB () "/" Sent"
void write_lsub(Writer& out, ListLine const& line);

}  // namespace mc::imap
