// Each tests/transcripts/*.imap is one test case.
#include "transcript.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <vector>

namespace mc::imap::transcript {
namespace {

namespace ut = boost::unit_test;

void run_one(std::string const& path) {
  auto backend = make_live_backend();
  if (!backend) backend = make_our_backend();
  run(path, *backend);
}

// Boost.Test collects its cases before main(); these too.
bool const registered = [] {
  static std::vector<std::string> paths;  // Boost.Test keeps views of them
  for (auto const& entry : std::filesystem::directory_iterator(MC_SOURCE_DIR "/tests/transcripts"))
    if (entry.path().extension() == ".imap") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  auto* suite = BOOST_TEST_SUITE("transcripts");
  for (auto const& path : paths) {
    std::string name = std::filesystem::path(path).stem();
    auto test = [&path] {
      try {
        run_one(path);
      } catch (std::exception const& fault) {
        BOOST_ERROR(fault.what());
      }
    };
    suite->add(ut::make_test_case(test, name, path, 1));
  }
  ut::framework::current_auto_test_suite().add(suite);
  return true;
}();

}  // namespace
}  // namespace mc::imap::transcript
