// mail/charset.h - octets of a named charset to UTF-8, piece by piece. For the inside of this folder.
//
// Only charsets of a fixed table reach iconv: a message cannot make the program load
// whatever conversion module it names. One object per text; not thread-safe.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mc::mail {

// The converter's name for a charset label ("latin1" -> "WINDOWS-1252"); absent if unknown.
std::optional<std::string_view> find_charset(std::string_view label);

class CharsetDecoder {
 public:
  // An unknown label means: UTF-8 as long as the text is that, then windows-1252.
  // So does us-ascii, for text that says so and has 8-bit octets all the same.
  explicit CharsetDecoder(std::string_view label);
  ~CharsetDecoder();
  CharsetDecoder(CharsetDecoder const&) = delete;
  CharsetDecoder& operator=(CharsetDecoder const&) = delete;

  // Appends valid UTF-8. A sequence cut by the end of `octets` waits for the next call.
  void feed(std::string_view octets, std::string& out);
  void finish(std::string& out);  // what still waits becomes U+FFFD

 private:
  enum class Mode { guess, utf8, windows_1252, iconv };
  void feed_utf8(std::string_view octets, std::string& out);
  void feed_windows_1252(std::string_view octets, std::string& out);
  void feed_iconv(std::string_view octets, std::string& out);

  Mode mode_ = Mode::guess;
  void* converter_ = nullptr;  // iconv_t
  std::string waiting_;        // less than one sequence
};

}  // namespace mc::mail
