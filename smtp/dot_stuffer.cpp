#include "smtp/dot_stuffer.h"

namespace mc::smtp {

void DotStuffer::end_line(std::string& out) {
  out += "\r\n";
  line_start_ = true;
  after_cr_ = false;
}

void DotStuffer::write(std::string_view octets, std::string& out) {
  while (!octets.empty()) {
    if (after_cr_) {
      if (octets.front() == '\n') octets.remove_prefix(1);
      end_line(out);
      continue;
    }
    if (line_start_ && octets.front() == '.') out += '.';
    std::string_view const run = octets.substr(0, octets.find_first_of("\r\n"));
    out += run;
    if (!run.empty()) line_start_ = false;
    octets.remove_prefix(run.size());
    if (octets.empty()) break;
    if (octets.front() == '\r')
      after_cr_ = true;
    else
      end_line(out);
    octets.remove_prefix(1);
  }
}

void DotStuffer::finish(std::string& out) {
  if (after_cr_ || !line_start_) end_line(out);
  out += ".\r\n";
}

}  // namespace mc::smtp
