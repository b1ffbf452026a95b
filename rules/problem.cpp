#include "rules/problem.h"

#include <algorithm>
#include <vector>

#include "core/text.h"

namespace mc::rules {

namespace {

constexpr std::size_t shown_before = 90, shown_width = 140;  // of a long line, around the column

// The octets of each line of a text, found once.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    while (!text.empty()) {
      std::size_t end = text.find('\n');
      lines_.push_back(text.substr(0, end));
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
  }
  std::string_view line(std::uint32_t number) const {
    return number >= 1 && number <= lines_.size() ? lines_[number - 1] : std::string_view();
  }

 private:
  std::vector<std::string_view> lines_;
};

// Octets before the n-th character (n from 1) of a UTF-8 line.
std::size_t octets_before(std::string_view line, std::uint32_t column) {
  std::size_t at = 0;
  for (std::uint32_t n = 1; n < column && at < line.size(); ++n) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string write_excerpt(std::string_view line, Problem const& problem) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  std::size_t at = octets_before(line, problem.column);
  std::size_t start =
      at > shown_before
          ? octets_before(line, problem.column - static_cast<std::uint32_t>(
                                                     std::min<std::size_t>(shown_before, problem.column - 1)))
          : 0;
  std::string before = printable(line.substr(start, at - start), shown_width * 4);
  std::string after = printable(line.substr(at), shown_width - std::min(shown_width - 1, before.size()));
  std::string caret(characters(before), ' ');
  return "  " + before + after + "\n  " + caret + '^' + (problem.hint.empty() ? "" : " " + problem.hint) +
         '\n';
}

}  // namespace

std::string write_problems(std::span<Problem const> problems, std::string_view file_name,
                           std::string_view file_text) {
  Lines lines(file_text);
  std::string out;
  for (Problem const& problem : problems) {
    out += file_name;
    if (problem.line > 0) out += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
    out += problem.severity == Severity::error ? ": error: " : ": warning: ";
    out += problem.message + '\n';
    std::string_view line = lines.line(problem.line);
    if (!line.empty())
      out += write_excerpt(line, problem);
    else if (!problem.hint.empty())
      out += "  " + problem.hint + '\n';
  }
  return out;
}

bool has_errors(std::span<Problem const> problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](Problem const& p) { return p.severity == Severity::error; });
}

}  // namespace mc::rules
