// web/pages.h - the handlers behind the routes.
#pragma once
#include "web/routes.h"

namespace mc::web {

boost::asio::awaitable<Response> get_home(center::Context& center, Request const& request, std::string const& argument);
boost::asio::awaitable<Response> get_health(center::Context& center, Request const& request, std::string const& argument);
// What the link is about and a button; changes nothing (scanners follow links).
boost::asio::awaitable<Response> get_unsubscribe(center::Context& center, Request const& request,
                                                 std::string const& argument);
// The button, or a mail provider in the user's name (RFC 8058): no cookie, no log-in, the token is enough.
boost::asio::awaitable<Response> post_unsubscribe(center::Context& center, Request const& request,
                                                  std::string const& argument);

}  // namespace mc::web
