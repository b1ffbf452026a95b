#include "gateway/control.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/log.h"
#include "net/line_buffer.h"

namespace mc::gateway {

namespace {

namespace json = boost::json;

constexpr std::size_t max_request = std::size_t{128} << 20;  // a message file of the largest size, as JSON

// Files travel as they are, also those that are not UTF-8: what reads them says so better.
json::parse_options any_octets() {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  return options;
}

std::string write_request(Command const& command, Arguments const& arguments, bool as_json) {
  json::array words(arguments.words.begin(), arguments.words.end());
  json::object options;
  for (auto const& [name, value] : arguments.options) options[name] = value;
  return json::serialize(json::object{{"noun", command.noun},
                                      {"verb", command.verb},
                                      {"words", std::move(words)},
                                      {"options", std::move(options)},
                                      {"input", arguments.input},
                                      {"author", arguments.author},
                                      {"json", as_json}}) +
         "\n";
}

std::string text_of(json::object const& object, std::string_view key) {
  auto const* value = object.if_contains(key);
  auto const* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

Arguments read_arguments(json::object const& request) {
  Arguments out;
  if (auto const* words = request.if_contains("words"); words && words->is_array())
    for (json::value const& word : words->get_array())
      if (word.is_string()) out.words.emplace_back(word.get_string());
  if (auto const* options = request.if_contains("options"); options && options->is_object())
    for (auto const& [name, value] : options->get_object())
      if (value.is_string()) out.options[std::string(name)] = std::string(value.get_string());
  out.input = text_of(request, "input");
  out.author = text_of(request, "author");
  return out;
}

CommandResult refused(std::string why) { return {exit_usage, {}, "message-center: " + std::move(why) + "\n"}; }

CommandResult carry_out(Desk& desk, std::string_view line) {
  boost::system::error_code error;
  json::value parsed = json::parse({line.data(), line.size()}, error, {}, any_octets());
  if (error || !parsed.is_object()) return refused("the request is not understood");
  json::object const& request = parsed.get_object();
  Command const* command = find_command(text_of(request, "noun"), text_of(request, "verb"));
  if (!command || !command->desk) return refused("the running server does not know this command");
  Arguments arguments = read_arguments(request);
  if (arguments.words.size() < command->least_words || arguments.words.size() > command->most_words)
    return refused("something is missing");
  auto const* as_json = request.if_contains("json");
  Output out(as_json && as_json->is_bool() && as_json->get_bool());
  int exit = command->desk(desk, arguments, out);
  log_info("command", {{"noun", command->noun},
                       {"verb", command->verb},
                       {"target", arguments.words.empty() ? "" : arguments.words[0]},
                       {"author", arguments.author},
                       {"exit", exit}});
  return {exit, out.out(), out.err()};
}

std::string write_result(CommandResult const& result) {
  return json::serialize(json::object{{"exit", result.exit}, {"out", result.out}, {"err", result.err}}) + "\n";
}

}  // namespace

std::string control_path(Config const& config) { return config.server.data + "/control.sock"; }

boost::asio::awaitable<void> serve_control(std::unique_ptr<net::Stream> stream, Desk& desk, WorkerPool& workers) {
  net::InputBuffer input(max_request);
  std::optional<net::InputBuffer::Line> line;
  while (!(line = input.take_line())) {
    if (input.full()) co_return;
    auto room = input.prepare(65536);
    std::size_t got = co_await stream->read_some(room);
    if (got == 0) co_return;
    input.commit(got);
  }
  std::string request(line->text);
  auto job = [&] {
    try {
      return carry_out(desk, request);
    } catch (std::exception const& fault) {
      log_error("command_failed", {{"reason", fault.what()}});
      return CommandResult{exit_refused, {}, "message-center: the command failed; see the server's log\n"};
    }
  };
  CommandResult result = co_await workers.run(job);
  std::string reply = write_result(result);
  co_await stream->write(reply);
  co_await stream->finish();
}

std::optional<CommandResult> ask_server(std::string const& path, Command const& command, Arguments const& arguments,
                                        bool as_json) {
  namespace asio = boost::asio;
  using Protocol = asio::local::stream_protocol;
  asio::io_context io;
  Protocol::socket socket(io);
  boost::system::error_code error;
  if (path.size() >= 107) return std::nullopt;
  socket.connect(Protocol::endpoint(path), error);
  if (error) return std::nullopt;
  std::string request = write_request(command, arguments, as_json);
  asio::write(socket, asio::buffer(request), error);
  asio::streambuf reply(max_request);
  asio::read_until(socket, reply, '\n', error);
  auto data = reply.data();
  json::value parsed;
  boost::system::error_code bad;
  parsed = json::parse({static_cast<char const*>(data.data()), data.size()}, bad, {}, any_octets());
  if (error || bad || !parsed.is_object())
    return CommandResult{exit_refused, {}, "message-center: the running server gave no answer; see its log\n"};
  json::object const& object = parsed.get_object();
  CommandResult result;
  if (auto const* exit = object.if_contains("exit"); exit && exit->is_int64())
    result.exit = static_cast<int>(exit->get_int64());
  result.out = text_of(object, "out");
  result.err = text_of(object, "err");
  return result;
}

}  // namespace mc::gateway
