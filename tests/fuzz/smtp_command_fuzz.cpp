// Any octets a client may send as arguments and as content.
//
// The first octet chooses how the rest is cut. A message must come out the same however it is cut, and what is
// stuffed for the wire must be read back as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/arguments.h"
#include "smtp/data_reader.h"
#include "smtp/dot_stuffer.h"
#include "smtp/peer.h"
#include "smtp/server_reply.h"
#include "smtp/verbs.h"

namespace {

using namespace mc::smtp;

void require(bool condition) {
  if (!condition) std::abort();
}

template <class T>
void check_refusal(Parsed<T> const& parsed) {
  auto const* reply = std::get_if<Reply>(&parsed);
  if (!reply) return;
  std::string out;
  write_reply(*reply, out);
  require(out.size() < 1000 && out.find('\n') + 1 == out.size() && out.ends_with("\r\n"));
}

void parse_line(std::string_view line) {
  find_verb(line.substr(0, line.find(' ')));
  auto const mail = parse_mail(line);
  check_refusal(mail);
  if (auto const* taken = std::get_if<MailArguments>(&mail)) require(taken->path.size() <= 320);
  check_refusal(parse_rcpt(line));
  check_refusal(parse_bdat(line));
  auto const attributes = parse_attributes(line);
  check_refusal(attributes);
  if (auto const* given = std::get_if<Attributes>(&attributes)) {
    std::vector<mc::net::Cidr> const trusted{*mc::net::Cidr::parse("127.0.0.1")};
    TrustRules const rules{trusted, true};
    auto const peer = apply_xclient(Peer(), *given, rules);
    check_refusal(peer);
    if (auto const* known = std::get_if<Peer>(&peer)) require(!known->trusted || known->ip);
    check_refusal(apply_xforward(Forwarded(), *given));
  }
}

struct Read {
  std::string content;
  std::size_t taken = 0;
  ContentFault fault = ContentFault::none;
  bool ended = false;
  bool operator==(Read const&) const = default;
};

Read read(std::string_view octets, std::size_t piece, Framing framing) {
  DataReader reader(framing, 4000);
  Read out;
  while (out.taken < octets.size() && !reader.ended()) {
    std::string_view const part = octets.substr(out.taken, piece);
    std::size_t const taken = reader.feed(part);
    require(taken == part.size() || reader.ended());
    out.taken += taken;
  }
  out.ended = reader.ended();
  out.fault = reader.fault();
  require(reader.kept() <= 4000);
  out.content = reader.take();
  return out;
}

// What ends where no server could see it differently: without a fault the octets taken hold one end only.
void check_content(std::string_view octets, std::size_t piece) {
  Read const whole = read(octets, octets.size() + 1, Framing::dots);
  require(whole == read(octets, piece, Framing::dots));
  require(read(octets, octets.size() + 1, Framing::counted) == read(octets, piece, Framing::counted));
  std::string const stream = "\r\n" + std::string(octets.substr(0, whole.taken));
  auto const end = stream.find("\r\n.\r\n");
  require(whole.ended == (end != std::string::npos));
  if (whole.ended) require(end + 5 == stream.size());
  if (!whole.ended || whole.fault != ContentFault::none) return;
  std::string wire;
  DotStuffer stuffer;
  stuffer.write(whole.content, wire);
  stuffer.finish(wire);
  require(wire == octets.substr(0, whole.taken) || whole.content.size() != whole.taken - 3);
  Read const again = read(wire, piece, Framing::dots);
  require(again.ended && again.content == whole.content && again.taken == wire.size());
}

// Whatever is stuffed, the result has one end, and no line end is bare.
void check_stuffing(std::string_view octets, std::size_t piece) {
  std::string wire;
  DotStuffer stuffer;
  for (std::size_t at = 0; at < octets.size(); at += piece) stuffer.write(octets.substr(at, piece), wire);
  stuffer.finish(wire);
  Read const back = read(wire, wire.size(), Framing::dots);
  require(back.ended && back.taken == wire.size());
  require(back.fault == ContentFault::none || back.fault == ContentFault::too_big);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view const octets(reinterpret_cast<char const*>(data) + 1, size - 1);
  std::size_t const piece = 1 + data[0] % 16;
  parse_line(octets.substr(0, octets.find('\n')));
  check_content(octets, piece);
  check_stuffing(octets, piece);
  ReplyReader reader;
  std::string_view left = octets;
  while (!left.empty()) {
    auto const end = left.find('\n');
    auto const progress = reader.take_line(left.substr(0, end));
    if (progress == ReplyReader::Progress::malformed) break;
    if (progress == ReplyReader::Progress::complete) {
      ServerReply const reply = reader.take();
      require(reply.text().size() <= 500);
      read_extensions(reply);
    }
    left.remove_prefix(end == std::string_view::npos ? left.size() : end + 1);
  }
  return 0;
}
