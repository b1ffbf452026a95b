// web/html.h - the few pages' HTML. Pure. All text given is escaped; there is no way to put markup in.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mc::web {

// & < > " ' as character references; control characters become spaces, invalid UTF-8 stays what the browser makes of it.
std::string escape_html(std::string_view text);

struct Page {
  std::string title;
  std::vector<std::string> paragraphs;
  std::string button;  // not empty: a form that POSTs List-Unsubscribe=One-Click to the page's own address
};
std::string write_page(Page const& page);

}  // namespace mc::web
