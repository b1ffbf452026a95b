// tests/store/memory_users.h - users in a store in memory, and moments.
#pragma once
#include <string>

#include "memory_store.h"
#include "store/accounts.h"

namespace mc::store::test {

inline Time at(std::int64_t ms) { return Time(Millis(ms)); }

inline UserId add(MemoryStore& tx, std::string const& login) {
  User user;
  user.login = login;
  return add_user(tx, user).value();
}

}  // namespace mc::store::test
