// center/address_check.h - may this be somebody's external address? Stricter than what SMTP lets through: mail is
// going to be sent there, by us. Pure.
#pragma once
#include <string>
#include <string_view>

#include "center/context.h"
#include "core/result.h"

namespace mc::center {

// address = dot-atom "@" label 1*( "." label )      ASCII; 64 "@" 255 octets        RFC 5321, 4.1.2, 4.5.3.1
// No quoted local parts, no address literals, no domain that is all one word or ends in a number: nobody's ordinary
// address is written so, and next hops disagree about them. Fails: syntax, saying what is wrong.
Result<void> check_address_form(std::string_view text);

// The same, and it is not one of ours. Fails: syntax; forbidden (our domain or host name).
Result<void> check_external_address(Settings const& settings, std::string_view text);

}  // namespace mc::center
