// gateway/dkim.h - the keys that sign external mail, as the configuration names them.
#pragma once
#include <vector>

#include "gateway/config.h"
#include "net/dkim.h"

namespace mc::gateway {

std::vector<net::DkimKeyFile> dkim_files(Config const& config);

}  // namespace mc::gateway
