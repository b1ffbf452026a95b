// core/result.h - the first of the three error channels: what a protocol can say.
//
// Faults (a connection gone, a broken disk) are exceptions, bugs are asserts; see
// docs/architecture.md. Each protocol maps Errc to its own face in one table
// (imap/response.cpp, smtp/reply.cpp).
#pragma once
#include <boost/system/result.hpp>
#include <string>
#include <utility>

namespace mc {

enum class Errc {
  syntax,         // the input does not follow its grammar
  not_found,      // no such mailbox, user, message, queue entry
  exists,         // it is there already
  forbidden,      // the caller may not do this, ever
  auth_failed,    // wrong login or password
  auth_required,  // log in first
  limit,          // a configured limit stands against it (a count, a rate)
  too_big,        // the message is larger than allowed
  no_space,       // map or disk full: temporary
  conflict,       // same id with other content, or changed in between
  unsupported,    // known, but not here (a charset, a parameter)
  unavailable,    // temporary: try again later
  internal,       // ours; the details are in the log
};

struct Error {
  Errc code = Errc::internal;
  std::string text;  // always safe to send to the peer
};

// Reached only when value() is asked of an error, a bug of the caller: aborts the command.
[[noreturn]] void throw_exception_from_error(Error const& error, boost::source_location const& where);

// `if (!r) return r.error();  use(*r);`
template <class T = void>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

// The usual way to fail: `return fail(Errc::not_found, "No such mailbox");`
inline Error fail(Errc code, std::string text) { return Error{code, std::move(text)}; }

}  // namespace mc
