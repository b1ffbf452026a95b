// rules/lint_classify.cpp - [[classify]] blocks that can do nothing, or harm.
#include "rules/reader.h"

namespace mc::rules {

namespace {

void lint_when(Reader& r, DraftClassifier const& d) {
  Classifier const& block = d.block;
  lint_intervals(r, *d.source, "when", block.when);
  if (block.unless) lint_intervals(r, *d.source, "unless", *block.unless);
  if (block.expires && r.options().now && *block.expires <= *r.options().now)
    r.warn(d.place("expires"), "block " + quoted(block.name) + " has expired");
}

// Who cannot say a type will hardly say an amount or a time.
void lint_required(Reader& r, Draft const& draft, DraftClassifier const& d) {
  for (Required const& required : draft.types[d.block.type.value].type.required) {
    if (required.what != Required::What::amount && required.what != Required::What::time) continue;
    bool amount = required.what == Required::What::amount;
    r.warn(d.place("set"), "mail that block " + quoted(d.block.name) +
                               " classifies is malformed unless it has " +
                               (amount ? "X-MC-Amount" : "X-MC-Time") + ": " +
                               quoted(draft.types[d.block.type.value].type.name) + " requires it");
  }
}

void lint_reach(Reader& r, Draft const& draft, std::size_t b) {
  DraftClassifier const& d = draft.classifiers[b];
  if (d.block.unless && implies(d.block.when, *d.block.unless))
    return r.warn(d.place("unless"),
                  "block " + quoted(d.block.name) + " can never match: unless holds whenever when does");
  for (std::size_t a = 0; a < b; ++a) {
    DraftClassifier const& before = draft.classifiers[a];
    Classifier const& block = before.block;
    if (before.broken || !block.enabled || block.expires || block.unless) continue;
    if (!implies(d.block.when, block.when)) continue;
    return r.warn(d.place(), "block " + quoted(d.block.name) + " in line " + std::to_string(d.block.line) +
                                 " can never match: block " + quoted(block.name) + " in line " +
                                 std::to_string(block.line) + " always matches before it");
  }
}

}  // namespace

void lint_classify(Reader& r, Draft const& draft) {
  for (std::size_t i = 0; i < draft.classifiers.size() && !r.full(); ++i) {
    DraftClassifier const& d = draft.classifiers[i];
    if (d.broken) continue;
    lint_when(r, d);
    lint_required(r, draft, d);
    if (d.block.enabled) lint_reach(r, draft, i);
  }
}

}  // namespace mc::rules
