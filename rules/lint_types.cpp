// rules/lint_types.cpp - what is wrong with a catalogue although every single value is right.
#include "rules/footer.h"
#include "rules/reader.h"

namespace mc::rules {

namespace {

Place key_place(DraftType const& d, std::string_view key) {
  if (!d.source) return {};
  TomlEntry const* entry = d.source->value.find(key);
  return entry ? entry->place : d.source->place;
}

// The promise: whatever expires here, a user could have had it by email.
void lint_keep(Reader& r, DraftType const& d) {
  if (d.type.email != Setting::never || !d.type.keep.finite()) return;
  r.error(key_place(d, "email"),
          quoted(d.type.name) + " is never emailed but kept only " + write_keep(d.type.keep) +
              ": users could not get it by email before it expires",
          "keep = \"forever\", or another email setting");
}

void lint_destination(Reader& r, DraftType const& d) {
  if (d.type.email == Setting::never && d.type.folder == Setting::never)
    r.error(key_place(d, "folder"),
            quoted(d.type.name) + " is never emailed and never in a folder: it would be lost");
  else if (!value_of(d.type.email) && !value_of(d.type.folder))
    r.warn(key_place(d, "folder"),
           quoted(d.type.name) +
               " is by default neither emailed nor in a folder; the folder gets it all the same");
}

void lint_unread(Reader& r, DraftType const& d) {
  if (d.type.email_if_unread_after && d.type.folder == Setting::never)
    r.warn(
        key_place(d, "email_if_unread_after"),
        quoted(d.type.name) + " is never in a folder, so nobody could read it there: it is emailed at once");
}

void lint_unsubscribe(Reader& r, DraftType const& d) {
  if (d.type.unsubscribe && is_locked(d.type.email))
    r.error(
        key_place(d, "unsubscribe"),
        quoted(d.type.name) + " offers to unsubscribe but its email is locked: the link could do nothing");
  if (d.type.commercial && !d.type.unsubscribe)
    r.warn(key_place(d, "commercial"),
           "commercial mail " + quoted(d.type.name) + " offers no way to unsubscribe");
}

// Footers that were written for the type itself.
void lint_footer(Reader& r, DraftType const& d) {
  if (!d.source || !d.source->value.find("footer") || d.type.footer.empty()) return;
  if (d.type.email == Setting::never)
    r.warn(key_place(d, "footer"), quoted(d.type.name) + " is never emailed: its \"footer\" does nothing");
  else if (!d.type.unsubscribe && asks_for(d.type.footer, Placeholder::unsubscribe))
    r.warn(key_place(d, "footer"),
           quoted(d.type.name) + " does not offer to unsubscribe: the line with {unsubscribe} is left out",
           "unsubscribe = true");
}

// Keys about when an email goes, where it goes at once or not at all. Defaults are meant for the other types.
void lint_timing(Reader& r, DraftType const& d) {
  bool never = d.type.email == Setting::never;
  if (!d.source || !(d.type.urgent || never)) return;
  for (std::string_view key : {"fold", "burst", "email_if_unread_after"})
    if (d.source->value.find(key))
      r.warn(key_place(d, key), quoted(d.type.name) +
                                    (never ? " is never emailed: its " : " is urgent: its ") + quoted(key) +
                                    " does nothing");
}

// Longest of the promises that end.
DraftType const* find_longest_kept(Draft const& draft) {
  DraftType const* longest = nullptr;
  for (DraftType const& d : draft.types)
    if (!d.broken && d.type.keep.finite() && (!longest || d.type.keep.duration > longest->type.keep.duration))
      longest = &d;
  return longest;
}

void lint_keep_decisions(Reader& r, Draft const& draft) {
  Millis keep = draft.keep_decisions.value_or(default_keep_decisions);
  DraftType const* longest = find_longest_kept(draft);
  if (!longest || longest->type.keep.duration <= keep) return;
  Place place = draft.keep_decisions ? draft.keep_decisions_place : key_place(*longest, "keep");
  r.warn(place,
         "decision records are kept " + write_duration(keep) + ", " + quoted(longest->type.name) + " " +
             write_keep(longest->type.keep) + ": in the end nobody can tell why a message came",
         "[retention] decisions = " + quoted(write_duration(longest->type.keep.duration)));
}

void lint_unclassified(Reader& r, DraftType const& d) {
  if (d.type.email != Setting::always && d.type.folder != Setting::always)
    r.error(key_place(d, "folder"), "[unclassified] must be locked to one place, so that it is never lost",
            "folder = \"always\"");
}

}  // namespace

void lint_types(Reader& r, Draft const& draft) {
  for (DraftType const& d : draft.types) {
    if (d.broken) continue;
    lint_keep(r, d);
    lint_destination(r, d);
    lint_unread(r, d);
    lint_unsubscribe(r, d);
    lint_footer(r, d);
    lint_timing(r, d);
  }
  lint_keep_decisions(r, draft);
  if (!draft.types[0].broken) lint_unclassified(r, draft.types[0]);
}

}  // namespace mc::rules
