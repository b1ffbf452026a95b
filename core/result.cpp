#include "core/result.h"

#include <stdexcept>

namespace mc {

void throw_exception_from_error(Error const& error, boost::source_location const& where) {
  throw std::logic_error("unchecked error '" + error.text + "' at " + where.file_name() + ":" +
                         std::to_string(where.line()));
}

}  // namespace mc
