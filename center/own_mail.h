// center/own_mail.h - how the mail begins that the Message Center writes itself. Pure.
#pragma once
#include <string_view>

#include "center/context.h"
#include "center/submitter.h"
#include "mail/compose.h"
#include "store/accounts.h"

namespace mc::center {

mail::Address our_address(Settings const& settings);                           // Message Center <postmaster@…>
mail::Address address_here(Settings const& settings, store::User const& user); // to which mail for him comes
mail::Address address_outside(std::string_view address, std::string_view name = {});

// From us, with a date and a Message-ID of our host; the rest is the caller's.
mail::Draft begin_mail(Settings const& settings, mail::Address to, Time now);

// For one recipient, with the null reverse path; decided like the platform's mail.
Envelope own_envelope(std::string_view recipient);

}  // namespace mc::center
