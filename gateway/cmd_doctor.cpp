// doctor postfix: what the company's Postfix should say and does not
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "core/text.h"
#include "gateway/commands.h"
#include "gateway/postfix_checks.h"
#include "gateway/run_program.h"
#include "gateway/server.h"
#include "gateway/smarthost.h"
#include "gateway/socket_access.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

// Postfix's own programs, for the configuration asked about.
class PostfixPrograms {
 public:
  explicit PostfixPrograms(Arguments const& arguments)
      : postconf_(arguments.get("postconf", std::filesystem::exists("/usr/sbin/postconf") ? "/usr/sbin/postconf" : "postconf")),
        directory_(arguments.get("config-dir")) {}

  // Fails: in words; what it complains about itself is on standard error.
  Result<std::string> postconf(std::string const& option) const {
    auto done = run_program(words(postconf_, option));
    if (!done) return done.error();
    if (done->exit != 0) return fail(Errc::unavailable, postconf_ + ' ' + option + " ended with " + std::to_string(done->exit));
    return std::move(done->out);
  }
  std::optional<std::string> lookup(std::string const& table, std::string const& key) const {
    auto const postmap = std::filesystem::path(postconf_).replace_filename("postmap").string();
    auto call = words(postmap, "-q");
    call.push_back(key);
    call.push_back(table);
    auto done = run_program(call);
    if (!done || done->exit != 0) return std::nullopt;
    return std::string(trim(done->out));
  }

 private:
  std::vector<std::string> words(std::string const& program, std::string const& option) const {
    std::vector<std::string> out{program};
    if (!directory_.empty()) out.insert(out.end(), {"-c", directory_});
    out.push_back(option);
    return out;
  }

  std::string postconf_, directory_;
};

Result<PostfixView::Texts> read_postfix(PostfixPrograms const& programs) {
  PostfixView::Texts texts;
  for (auto const& [option, text] : {std::pair("-x", &texts.values), std::pair("-n", &texts.given),
                                     std::pair("-M", &texts.services), std::pair("-Px", &texts.overrides)}) {
    auto read = programs.postconf(option);
    if (!read) return read.error();
    *text = std::move(*read);
  }
  return texts;
}

// Where LMTP is spoken: as configured, or for port 0 as the running server says.
std::vector<std::string> lmtp_endpoints(Config const& config) {
  std::vector<std::string> out = config.smtp.lmtp;
  auto text = read_file(config.server.data + "/listening.json", 1 << 20);
  boost::system::error_code error;
  json::value const listening = text ? json::parse(*text, error) : json::value();
  json::value const* ports = listening.is_object() ? listening.as_object().if_contains("lmtp") : nullptr;
  if (error || !ports || !ports->is_array()) return out;
  for (std::size_t i = 0; i < out.size() && i < ports->as_array().size(); ++i) {
    json::value const& port = ports->as_array()[i];
    auto endpoint = net::parse_endpoint(out[i]);
    if (!endpoint || endpoint->is_unix() || endpoint->port != 0 || !port.is_int64()) continue;
    endpoint->port = static_cast<std::uint16_t>(port.as_int64());
    out[i] = net::write_endpoint(*endpoint);
  }
  return out;
}

void print(std::vector<Finding> const& findings, Output& out) {
  if (out.json()) {
    json::array array;
    for (Finding const& f : findings)
      array.push_back(json::object{{"check", f.check}, {"state", to_string(f.state)}, {"says", f.says}, {"file", f.file}, {"add", f.add}});
    return out.print(json::serialize(array) + "\n");
  }
  Listing table{{"STATE", "CHECK", "FOUND"}, {}};
  for (Finding const& f : findings) table.rows.push_back({std::string(to_string(f.state)), f.check, f.says});
  out.list(table);
  for (Finding const& f : findings)
    if (!f.add.empty()) out.print("\n" + f.check + ", in " + f.file + ":\n  " + f.add + "\n");
}

}  // namespace

int doctor_postfix(std::string const& config_file, Arguments const& arguments, Output& out) {
  auto const config = get_config(config_file);
  if (!config) return exit_refused;
  PostfixPrograms const programs(arguments);
  auto const texts = read_postfix(programs);
  if (!texts) return out.refuse(texts.error().text);
  PostfixView const postfix(*texts);
  auto const owner = find_system_user(postfix.value("mail_owner"));
  PostfixSituation const situation{
      postfix,
      *config,
      lmtp_endpoints(*config),
      [&](std::string const& table, std::string const& key) { return programs.lookup(table, key); },
      [&](std::string const& smarthost) { return find_smarthost_trouble(*config, smarthost); },
      [&](std::string const& path) -> std::optional<std::string> {
        if (!owner) return "this machine has no user " + postfix.value("mail_owner");
        return find_socket_trouble(path, *owner);
      }};
  auto const findings = check_postfix(situation);
  print(findings, out);
  bool const bad = std::any_of(findings.begin(), findings.end(),
                               [](Finding const& f) { return f.state == CheckState::missing || f.state == CheckState::wrong; });
  return bad ? exit_refused : exit_done;
}

}  // namespace mc::gateway
