// tests/mail/wire_grammar.h - does a text follow RFC 9051's grammar for ENVELOPE, BODY and BODYSTRUCTURE?
//
// Written from the ABNF alone; shares nothing with mail/wire.cpp. Returns "" or what is wrong and where.
#pragma once
#include <string>
#include <string_view>

namespace mc::test {

std::string check_envelope(std::string_view text);
std::string check_body(std::string_view text, bool extended);

}  // namespace mc::test
