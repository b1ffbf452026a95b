// web/routes.h - which handler answers a request: the one table of all there is on the web.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "center/context.h"
#include "web/request.h"
#include "web/response.h"

namespace mc::web {

// `argument`: what stands for "*" in the route's path; "" if there is none. Suspends: as it needs. The caller awaits it at once.
using Handler = boost::asio::awaitable<Response> (*)(center::Context& center, Request const& request,
                                                     std::string const& argument);

struct Match {
  std::string_view route = "-";  // the path of its row: for the log
  Handler handler = nullptr;     // null: there is no such page, or no such method; `otherwise` says so
  std::string argument;
  Response otherwise;
};
Match find_route(Request const& request);

}  // namespace mc::web
