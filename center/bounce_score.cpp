#include "center/bounce_score.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "core/time_text.h"

namespace mc::center {

namespace {

constexpr double nothing = 0.1;             // a score below it is forgotten
constexpr double most_over_threshold = 2;   // times the threshold: more would only last longer
constexpr Millis settled = std::chrono::hours(24 * 5);  // as long as mail servers try (RFC 5321, 4.5.4.1)
constexpr Millis cleared_lasts = std::chrono::hours(24 * 10);  // reports on mail from before have come by then

std::int64_t day_of(Time t) { return std::chrono::floor<std::chrono::days>(t).time_since_epoch().count(); }

double threshold(Settings const& settings) { return std::max(1u, settings.bounce_score); }

std::string write_score(double score) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", score);
  std::string_view short_text = text;
  if (short_text.ends_with(".0")) short_text.remove_suffix(2);
  return std::string(short_text);
}

std::string of_threshold(Settings const& settings, double score) {
  return write_score(score) + " of " + write_score(threshold(settings));
}

// When it will have decayed to nothing; a record of a verification lasts its own time.
Time forget_time(Settings const& settings, store::AddressScore const& score) {
  double const halvings = score.score > nothing ? std::log2(score.score / nothing) : 0;
  auto const ms = static_cast<std::int64_t>(halvings * static_cast<double>(settings.bounce_half_life.count()));
  Time const end = score.at + std::max(Millis(ms), Millis(std::chrono::hours(24)));
  return score.cleared == Time() ? end : std::max(end, score.cleared + cleared_lasts);
}

void save(Settings const& settings, store::Transaction& tx, std::string_view address, store::AddressScore& score) {
  score.forget = forget_time(settings, score);
  store::put_address_score(tx, address, score);
}

bool counts_today(store::AddressScore const& score, Time now) { return score.soft_day != day_of(now); }

void add(Settings const& settings, store::AddressScore& score, AddressFailure const& failure, Time now) {
  bool const hard = failure.is.kind == BounceKind::hard;
  score.score = score_at(settings, score, now);
  if (hard) score.score += threshold(settings);
  if (!hard && counts_today(score, now)) score.score += failure.is.weight;
  score.score = std::min(score.score, threshold(settings) * most_over_threshold);
  if (!hard) score.soft_day = day_of(now);
  score.hard |= hard;
  score.suppressed |= score.score >= threshold(settings);
  score.at = score.failed = now;
  score.accepted = {};
  score.reason = printable(failure.reason, 200);
}

}  // namespace

double score_at(Settings const& settings, store::AddressScore const& score, Time now) {
  double const passed = static_cast<double>(std::max(now - score.at, Millis(0)).count());
  double const half_life = static_cast<double>(std::max(settings.bounce_half_life, Millis(1)).count());
  return score.score * std::exp2(-passed / half_life);
}

CountedFailure count_failure(Settings const& settings, store::Transaction& tx, AddressFailure const& failure, Time now) {
  bool const hard = failure.is.kind == BounceKind::hard;
  std::string const words = std::string(to_string(failure.is.kind)) + " (" + std::string(failure.is.what) + "): ";
  bool const counts = hard || (failure.is.kind == BounceKind::soft && failure.is.weight > 0 && settings.bounce_score > 0);
  if (!counts)
    return {words + "not held against the address"};
  store::AddressScore score = store::find_address_score(tx, failure.address).value_or(store::AddressScore{});
  if (failure.sent < score.cleared) return {words + "not counted, sent before the address was verified"};
  bool const repeated = !hard && !counts_today(score, now);
  add(settings, score, failure, now);
  save(settings, tx, failure.address, score);
  std::string const sum = words + "score " + of_threshold(settings, score.score);
  if (score.score >= threshold(settings)) return {sum + ", the address is suppressed", true};
  return {sum + (repeated ? ", one a day counts" : "")};
}

std::string count_acceptance(Settings const& settings, store::Transaction& tx, std::string_view address, Time now) {
  auto score = store::find_address_score(tx, address);
  if (!score || score->score <= 0 || score->hard || score->suppressed) return {};
  bool const first = score->accepted == Time() || score->accepted > now;
  if (!first && now - score->accepted < settled) return {};
  score->accepted = now;
  if (!first) {
    score->score = score_at(settings, *score, now) / 2;
    score->at = now;
  }
  save(settings, tx, address, *score);
  return first ? std::string() : "nothing came back for five days: score " + of_threshold(settings, score->score);
}

void clear_score(store::Transaction& tx, std::string_view address) {
  if (!store::find_address_score(tx, address)) return;
  store::AddressScore cleared;
  cleared.at = cleared.cleared = tx.now();
  cleared.forget = cleared.cleared + cleared_lasts;
  store::put_address_score(tx, address, cleared);
}

std::string describe_score(Settings const& settings, store::Snapshot const& s, std::string_view address, Time now) {
  auto const score = store::find_address_score(s, address);
  if (!score || score->score <= 0) return of_threshold(settings, 0);
  std::string text = of_threshold(settings, score_at(settings, *score, now));
  if (score->hard) text += ", hard";
  if (score->suppressed) text += ", suppressed";
  return text + ", last " + write_rfc3339(score->failed).substr(0, 10) + ": " + printable(score->reason, 200);
}

}  // namespace mc::center
