#include "web/pages.h"

#include "center/unsubscribe.h"
#include "core/log.h"
#include "net/stream.h"
#include "web/form.h"

namespace mc::web {

namespace {

namespace asio = boost::asio;

constexpr std::string_view one_click_field = "List-Unsubscribe", one_click = "One-Click";

std::string quoted(std::string const& label) { return "“" + label + "”"; }

Page already_off(center::Unsubscription const& about) {
  return {"Emails are off",
          {"Messages of the kind " + quoted(about.label) + " are not emailed to you; they were off already.",
           "You can change this in your Message Center settings at any time."},
          {}};
}

Page locked(center::Unsubscription const& about) {
  return {"These emails cannot be switched off", {about.locked}, {}};
}

Page offer(center::Unsubscription const& about) {
  return {"Stop these emails?",
          {"This is about messages of the kind " + quoted(about.label) + ".",
           "If you press the button they are no longer emailed to you. Nothing else changes; what you chose for your "
           "Message Center folder stays as it is."},
          "Stop these emails"};
}

Page switched_off(center::Unsubscription const& about) {
  return {"Emails are off now",
          {"Messages of the kind " + quoted(about.label) + " will no longer be emailed to you.",
           "You can change this in your Message Center settings at any time."},
          {}};
}

Result<center::Unsubscription> look_up(center::Context& center, std::string const& token) {
  auto in_force = center.policy.get();
  return center.store.read(
      [&](store::Snapshot const& s) { return center::find_unsubscription(s, *in_force.policy, token); });
}

}  // namespace

asio::awaitable<Response> get_home(center::Context& center, Request const&, std::string const&) {
  co_return make_page(200, {"Message Center",
                            {"This is the Message Center of " + center.settings.domain +
                                 ". Read your messages in any mail program; there is nothing to see here.",
                             "If a link in a message brought you here, please follow the whole link."},
                            {}});
}

asio::awaitable<Response> get_health(center::Context&, Request const&, std::string const&) {
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ok\n";
  co_return response;
}

asio::awaitable<Response> get_unsubscribe(center::Context& center, Request const&, std::string const& token) {
  auto about = look_up(center, token);
  if (!about) co_return make_error(about.error());
  if (about->off) co_return make_page(200, already_off(*about));
  if (!about->locked.empty()) co_return make_page(200, locked(*about));
  co_return make_page(200, offer(*about));
}

asio::awaitable<Response> post_unsubscribe(center::Context& center, Request const& request, std::string const& token) {
  auto about = look_up(center, token);
  if (!about) co_return make_error(about.error());
  if (find_form_value(request.content_type, request.body, one_click_field) != one_click)
    co_return make_error(fail(Errc::syntax, "The form must say List-Unsubscribe=One-Click."));
  if (about->off) co_return make_page(200, already_off(*about));
  if (!about->locked.empty()) co_return make_page(409, locked(*about));
  auto in_force = center.policy.get();
  auto operation = [&](store::Transaction& tx) {
    return center::unsubscribe(tx, *in_force.policy, token, center.clock.now());
  };
  auto write = center.store.write(operation);
  Result<center::Unsubscription> done = co_await net::shield(std::move(write));
  if (!done) co_return make_error(done.error());
  log_info("unsubscribed", {{"user", done->login}, {"type", done->type}, {"by", "link"}});
  co_return make_page(200, switched_off(*done));
}

}  // namespace mc::web
