// GETMETADATA, SETMETADATA (RFC 5464).
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "center/desk.h"
#include "center/metadata.h"
#include "imap/commands.h"
#include "imap/parse_metadata.h"
#include "imap/session.h"
#include "store/mailboxes.h"
#include "store/metadata.h"

namespace mc::imap {

namespace {

constexpr std::size_t slice = 64 * 1024;  // octets of values read from one snapshot

struct Target {
  center::Annotated what;
  std::string name;  // as in the response
};

// "" is the server. Absent: no such mailbox.
std::optional<Target> find_target(store::Snapshot const& s, UserId user, std::string const& mailbox) {
  if (mailbox.empty()) return Target{{user, MailboxId(), store::MailboxKind::user}, ""};
  auto info = center::find_visible_mailbox(s, user, mailbox);
  if (!info) return std::nullopt;
  return Target{{user, info->id, info->kind}, info->name};
}

// Under whose name the store keeps an entry: what is shared of a mailbox of the desk belongs to all agents.
UserId keeper_of(center::Annotated const& what, std::string_view name) {
  bool shared = what.kind == store::MailboxKind::desk && name.starts_with("/shared/");
  return shared ? center::desk_owner : what.user;
}

std::vector<store::MetadataEntry> list_stored(store::Snapshot const& s, center::Annotated const& what) {
  auto out = store::list_metadata_names(s, what.user, what.mailbox);
  if (what.kind == store::MailboxKind::desk)
    for (auto& entry : store::list_metadata_names(s, center::desk_owner, what.mailbox))
      out.push_back(std::move(entry));
  return out;
}

// One entry that is to be returned. What center/ serves is at hand; the rest is read when its turn comes.
struct Found {
  std::string shown;  // spelt as the client spells it
  std::string name;
  std::optional<std::string> value;
};

struct Listing {
  Target target;
  std::vector<Found> found;
  std::uint64_t longest_left_out = 0;  // octets; 0: nothing was
};

// An entry that exists and is asked for, in some spelling.
class Chooser {
 public:
  Chooser(GetMetadataArgs const& args, Listing& out) : args_(args), out_(out) {}

  void offer(EntryName const& asked, std::string const& name, std::size_t octets,
             std::optional<std::string> const& value) {
    if (!is_asked_for(name, asked.lower, args_.depth.value_or(Depth::zero)) || !taken_.insert(name).second)
      return;
    if (args_.max_size && octets > *args_.max_size)
      out_.longest_left_out = std::max<std::uint64_t>(out_.longest_left_out, octets);
    else
      out_.found.push_back({asked.written + name.substr(asked.lower.size()), name, value});
  }

 private:
  GetMetadataArgs const& args_;
  Listing& out_;
  std::set<std::string> taken_;
};

// What center/ serves has to be worked out; most clients ask for other entries.
bool wants_served(center::Annotated const& what, GetMetadataArgs const& args) {
  if (args.depth.value_or(Depth::zero) != Depth::zero) return true;
  return std::any_of(args.entries.begin(), args.entries.end(),
                     [&](EntryName const& asked) { return center::is_served(what, asked.lower); });
}

std::optional<Listing> list(store::Snapshot const& s, center::Context const& center,
                            center::PolicyInForce const& policy, UserId user, GetMetadataArgs const& args) {
  auto target = find_target(s, user, args.mailbox);
  if (!target) return std::nullopt;
  Listing out;
  out.target = std::move(*target);
  auto stored = list_stored(s, out.target.what);
  std::vector<center::ServedEntry> served;
  if (wants_served(out.target.what, args)) served = center::list_served(s, center, policy, out.target.what);
  Chooser chooser(args, out);
  for (EntryName const& asked : args.entries) {
    for (auto const& entry : stored) chooser.offer(asked, entry.name, entry.octets, std::nullopt);
    for (auto const& entry : served) chooser.offer(asked, entry.name, entry.value.size(), entry.value);
  }
  return out;
}

// value = nstring / literal8                                            RFC 5464, 5
void write_value(Writer& out, std::string_view value) {
  if (value.find('\0') != value.npos)
    out.literal8_header(value.size()).raw(value);
  else
    out.string(value);
}

// metadata-resp = "METADATA" SP mailbox SP entry-values, begun by its first entry     RFC 5464, 5
class Response {
 public:
  explicit Response(Listing const& listing) : listing_(listing) {}

  // Writes from one snapshot until a slice is full. false: everything has been written.
  bool write_slice(store::Snapshot const& s, Writer out) {
    std::size_t octets = 0;
    for (; next_ < listing_.found.size() && octets < slice; ++next_) {
      Found const& entry = listing_.found[next_];
      center::Annotated const& what = listing_.target.what;
      auto value = entry.value ? entry.value
                               : store::find_metadata(s, keeper_of(what, entry.name), what.mailbox, entry.name);
      if (!value) continue;  // removed since it was listed
      octets += value->size() + entry.shown.size();
      if (begun_)
        out.sp();
      else
        out.raw("* METADATA ").mailbox(listing_.target.name).sp().open();
      begun_ = true;
      write_value(out.astring(entry.shown).sp(), *value);
    }
    bool more = next_ < listing_.found.size();
    if (!more && begun_) out.close().crlf();
    return more;
  }

  bool begun() const { return begun_; }

 private:
  Listing const& listing_;
  std::size_t next_ = 0;
  bool begun_ = false;
};

// RFC 5464, 4.3
Result<void> check_sizes(SetMetadataArgs const& args) {
  for (EntryValue const& entry : args.entries)
    if (entry.value && entry.value->size() > store::max_metadata_value)
      return fail(Errc::too_big, "The value is too large");
  return {};
}

Result<void> check_alone(center::Annotated const& what, SetMetadataArgs const& args) {
  auto alone = [&](EntryValue const& entry) { return center::stands_alone(what, entry.name); };
  if (args.entries.size() > 1 && std::any_of(args.entries.begin(), args.entries.end(), alone))
    return fail(Errc::unsupported, "A code is set by itself");
  return {};
}

// `too_many`: set to whether that is why nothing was set, which has a code of its own.
Result<void> set_all(store::Transaction& tx, center::Context const& center,
                     center::PolicyInForce const& policy, UserId user, SetMetadataArgs const& args,
                     bool& too_many) {
  too_many = false;
  auto target = find_target(tx, user, args.mailbox);
  if (!target) return fail(Errc::not_found, "No such mailbox");
  center::Annotated const& what = target->what;
  if (Result<void> alone = check_alone(what, args); !alone) return alone;
  for (EntryValue const& entry : args.entries) {
    bool served = center::is_served(what, entry.name);
    Result<void> set = served
                           ? center::set_served(tx, center, policy, what, entry.name, entry.value, tx.now())
                           : store::put_metadata(tx, keeper_of(what, entry.name), what.mailbox, entry.name,
                                                 entry.value);
    if (set) continue;
    too_many = !served && set.error().code == Errc::limit;
    return set.error();
  }
  return {};
}

bool removes_only(SetMetadataArgs const& args) {
  return std::none_of(args.entries.begin(), args.entries.end(),
                      [](auto const& entry) { return entry.value; });
}

}  // namespace

Answer cmd_get_metadata(Session& session, Command const& command) {
  auto args = parse_get_metadata(command.args);
  if (!args) co_return args.error();
  center::Context& center = session.server().center;
  center::PolicyInForce const policy = center.policy.get();
  auto listing = session.store().read(
      [&](store::Snapshot const& s) { return list(s, center, policy, session.user(), *args); });
  if (!listing) co_return fail(Errc::not_found, "No such mailbox");
  Response response(*listing);
  auto next = [&](store::Snapshot const& s) { return response.write_slice(s, session.out()); };
  while (session.store().read(next)) {
    if (response.begun())
      co_await session.flush_unfinished();
    else
      co_await session.breathe();
  }
  session.response_begins();
  if (listing->longest_left_out == 0) co_return Done{};
  std::string code = "METADATA LONGENTRIES " + std::to_string(listing->longest_left_out);
  co_return Done::with(std::move(code));
}

// All of it or nothing, in one operation.
Answer cmd_set_metadata(Session& session, Command const& command) {
  auto args = parse_set_metadata(command.args);
  if (!args) co_return args.error();
  Result<void> sizes = check_sizes(*args);
  if (!sizes) co_return Done::no(std::string(value_too_big), sizes.error().text);
  center::Context& center = session.server().center;
  center::PolicyInForce const policy = center.policy.get();
  bool too_many = false;
  auto op = [&](store::Transaction& tx) {
    return set_all(tx, center, policy, session.user(), *args, too_many);
  };
  Result<void> set;
  if (removes_only(*args))
    set = co_await session.store().write_shrinking(op);
  else
    set = co_await session.store().write(op);
  if (!set && too_many) co_return Done::no("METADATA TOOMANY", set.error().text);
  if (!set) co_return set.error();
  co_return Done{};
}

}  // namespace mc::imap
