// gateway/output.h - what a command prints: text for people, or JSON with --json.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mc::gateway {

constexpr int exit_done = 0, exit_refused = 1, exit_usage = 2;

// A table's rows; every row has as many cells as there are columns.
struct Listing {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

class Output {
 public:
  explicit Output(bool json) : json_(json) {}
  bool json() const { return json_; }

  void say(std::string_view line);                  // one line of text; left out under --json
  void print(std::string_view text) { out_ += text; }
  void list(Listing const& listing);                // aligned columns, or an array of objects
  void show(Listing const& one);                    // "column: value" lines, or one object: the first row
  int refuse(std::string_view why);                 // to standard error; returns exit_refused

  std::string const& out() const { return out_; }
  std::string const& err() const { return err_; }

 private:
  bool json_;
  std::string out_, err_;
};

}  // namespace mc::gateway
