// XCLIENT and XFORWARD, as Postfix speaks them (its XCLIENT_README, XFORWARD_README).
#include "core/log.h"
#include "smtp/session.h"

namespace mc::smtp {

Answer verb_xclient(Session& session, std::string_view arguments) {
  auto attributes = parse_attributes(arguments);
  if (auto* refused = std::get_if<Reply>(&attributes)) co_return std::move(*refused);
  auto applied = apply_xclient(session.peer(), std::get<Attributes>(attributes), session.trust_rules());
  if (auto* refused = std::get_if<Reply>(&applied)) co_return std::move(*refused);
  Peer& peer = std::get<Peer>(applied);
  std::optional<center::Submitter> account;
  if (!peer.login.empty()) {
    account = session.server().accounts.find_submitter(peer.login);
    if (!account) co_return Reply(550, "5.7.8", "No such account, or disabled");
  }
  log_info("xclient",
           {{"peer", session.stream().peer_text()}, {"client", peer.text()}, {"login", peer.login}});
  session.become(std::move(peer));
  if (account) session.log_in(std::move(*account));
  co_return Reply(220, "",
                  session.server().hostname + (session.is_lmtp() ? " LMTP" : " ESMTP") + " Message Center");
}

Answer verb_xforward(Session& session, std::string_view arguments) {
  auto attributes = parse_attributes(arguments);
  if (auto* refused = std::get_if<Reply>(&attributes)) co_return std::move(*refused);
  Forwarded before = session.forwarded() ? *session.forwarded() : Forwarded();
  auto applied = apply_xforward(std::move(before), std::get<Attributes>(attributes));
  if (auto* refused = std::get_if<Reply>(&applied)) co_return std::move(*refused);
  session.forward(std::move(std::get<Forwarded>(applied)));
  co_return Reply(250, "2.0.0", "Ok");
}

}  // namespace mc::smtp
