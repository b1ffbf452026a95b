// center/trace.h - the header lines we put in front of a message. Pure.
#pragma once
#include <string>
#include <string_view>

#include "center/submitter.h"
#include "core/clock.h"

namespace mc::center {

// "Received: from … by … with … id … for …; date CRLF"        RFC 5321, 4.4; RFC 3848
// What users and agents submit does not name the client they sent from.
std::string write_received(Envelope const& envelope, std::string_view hostname, std::string_view recipient, Time now);
std::string write_return_path(std::string_view reverse_path);

// "Name: value CRLF", folded at spaces to 78 columns where possible.
std::string write_field(std::string_view name, std::string_view value);

// "Payment sent <payment-sent.alerts.example.test>"              RFC 2919
std::string write_list_id(std::string_view label, std::string_view type, std::string_view tab,
                          std::string_view domain);

}  // namespace mc::center
