// gateway/config_external.h - the keys of [external] that say how external mail leaves; for config.cpp.
#pragma once
#include "gateway/config.h"
#include "rules/reader.h"

namespace mc::gateway {

void read_smarthosts(rules::Reader& reader, rules::TomlEntry const& entry, Config::External& out);
void read_route(rules::Reader& reader, rules::TomlEntry const& entry, Config::External& out);
void read_tls_domains(rules::Reader& reader, rules::TomlEntry const& entry, Config::External& out);
void read_resolver(rules::Reader& reader, rules::TomlEntry const& entry, Config::External& out);
void read_mx_port(rules::Reader& reader, rules::TomlEntry const& entry, Config::External& out);
void read_delay_notice(rules::Reader& reader, rules::TomlEntry const& entry, Config::External& out);

// What is set and has no effect.
void check_external(rules::Reader& reader, Config const& config);

}  // namespace mc::gateway
