#include "web/routes.h"

#include <algorithm>
#include <array>

#include "web/pages.h"

namespace mc::web {

namespace {

struct Route {
  std::string_view path;  // "*" stands for one segment that is not empty
  std::string_view method;
  Handler handler;
};

// By path, then method. HEAD is GET without the body.
constexpr std::array<Route, 4> routes{{
    {"/", "GET", get_home},
    {"/healthz", "GET", get_health},
    {"/unsubscribe/*", "GET", get_unsubscribe},
    {"/unsubscribe/*", "POST", post_unsubscribe},
}};
static_assert(std::is_sorted(routes.begin(), routes.end(), [](Route const& a, Route const& b) {
  return a.path != b.path ? a.path < b.path : a.method < b.method;
}));

bool fits(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern == path;
  pattern.remove_suffix(1);
  return path.size() > pattern.size() && path.starts_with(pattern) &&
         path.find('/', pattern.size()) == std::string_view::npos;
}

}  // namespace

Match find_route(Request const& request) {
  std::string_view const method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  Match match;
  std::string allow;
  for (Route const& route : routes) {
    if (!fits(route.path, request.path)) continue;
    match.route = route.path;
    if (route.path.ends_with('*')) match.argument = request.path.substr(route.path.size() - 1);
    if (route.method == method) match.handler = route.handler;
    allow += (allow.empty() ? "" : ", ") + std::string(route.method == "GET" ? "GET, HEAD" : route.method);
  }
  if (allow.empty()) {
    match.otherwise = make_error(fail(Errc::not_found, "There is no such page."));
  } else if (!match.handler) {
    match.otherwise = make_refusal({405, "This page does not take this method"});
    match.otherwise.allow = allow;
  }
  return match;
}

}  // namespace mc::web
