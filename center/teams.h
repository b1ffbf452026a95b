// center/teams.h - mail to a team: who may, and one copy for each member who is present now.
//
// All copies are one message: From is the author's name with the team's address, To the team, List-Id and List-Post the
// team's. Only where Reply-To leads to the author, or who reads it wrote what it answers, is a member's copy his own.
#pragma once
#include <string>

#include "center/addresses.h"
#include "center/delivery.h"
#include "mail/decode.h"
#include "store/teams.h"

namespace mc::center {

// The author gets his own copy too, seen already and never by email. A member who blocked the author gets none. What a
// program answered is taken and not distributed.
// Fails: forbidden (550 5.7.1: not a member, only the owner may write, written by a program), not_found.
Result<Outcome> deliver_to_team(Context const& context, store::Transaction& tx, Addressed const& mail, store::Team const& team,
                                Recipient const& recipient);

// Fails: forbidden.
Result<void> check_may_post(store::Snapshot const& s, store::Team const& team, UserId author);
// … the submitter, as far as RCPT can tell: nobody from outside, members only.
Result<void> check_may_post(store::Snapshot const& s, store::Team const& team, Submitter const& submitter);

std::string shown_name(store::Team const& team);  // the slug if it has no name
// "Acme" <team-acme@…>
mail::Address team_address(Settings const& settings, store::Team const& team, std::string name);

}  // namespace mc::center
