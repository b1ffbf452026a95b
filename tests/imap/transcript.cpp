#include "transcript.h"

#include <utility>
#include <fstream>
#include <map>
#include <stdexcept>

#include "core/text.h"
#include "test_client.h"

namespace mc::imap::transcript {

namespace {

using Captures = std::map<std::string, std::string>;

// "{{name}}" that is known already replaced by what it stands for.
std::string fill_in(std::string text, Captures const& captures) {
  for (auto const& [name, value] : captures) {
    std::string mark = "{{" + name + "}}";
    for (std::size_t at; (at = text.find(mark)) != std::string::npos;) text.replace(at, mark.size(), value);
  }
  return text;
}

bool is_word_char(char c) {
  return c != ' ' && c != ']' && c != ')' && c != '"';
}

// Does `text` fit `pattern` ("..." any text, "{{name}}" one word)? Captures into `found`.
bool fits(std::string_view pattern, std::string_view text, Captures& found) {
  if (pattern.empty()) return text.empty();
  if (pattern.starts_with("...")) {
    for (std::size_t skip = 0; skip <= text.size(); ++skip)
      if (fits(pattern.substr(3), text.substr(skip), found)) return true;
    return false;
  }
  if (std::size_t end; pattern.starts_with("{{") && (end = pattern.find("}}")) != pattern.npos) {
    std::string name(pattern.substr(2, end - 2));
    std::size_t length = 0;
    while (length < text.size() && is_word_char(text[length])) ++length;
    for (; length > 0; --length) {
      Captures with = found;
      auto [known, is_new] = with.emplace(name, text.substr(0, length));
      if (!is_new && known->second != text.substr(0, length)) continue;
      if (!fits(pattern.substr(end + 2), text.substr(length), with)) continue;
      found = std::move(with);
      return true;
    }
    return false;
  }
  return !text.empty() && text[0] == pattern[0] && fits(pattern.substr(1), text.substr(1), found);
}

struct Talk {
  std::unique_ptr<TestClient> client;
  std::string tag;   // of the last line sent
  bool any = false;  // "A< ..." stands before what is expected next
  std::vector<std::string> any_order;
};

class Runner {
 public:
  Runner(std::string path, Backend& backend) : path_(std::move(path)), backend_(backend) {}

  void run() {
    std::ifstream file(path_);
    if (!file) throw std::runtime_error("cannot read " + path_);
    for (std::string line; std::getline(file, line);) lines_.push_back(line);
    for (at_ = 0; at_ < lines_.size(); ++at_) try {
        if (!step(lines_[at_])) return;
      } catch (std::exception const& fault) {
        throw std::runtime_error(path_ + ":" + std::to_string(at_ + 1) + ": " + fault.what());
      }
    for (auto& [name, talk] : talks_) settle(name, talk);
  }

 private:
  // false: this transcript is not for this server.
  bool step(std::string const& line) {
    if (line.empty() || line.starts_with('#') || line.starts_with("---")) return true;
    if (line.starts_with("only ours")) return backend_.is_ours();
    if (line.starts_with("given ")) return give(line.substr(6)), true;
    std::string name = line.substr(0, 1);
    std::string rest = line.substr(1);
    if (rest == " connects") return connect(name), true;
    if (rest.starts_with(" is ")) return log_in(name, rest.substr(4)), true;
    Talk& talk = talk_of(name);
    if (rest == " closed") return expect_end(name, talk), true;
    if (rest.starts_with(">> ")) return settle(name, talk), send(talk, rest.substr(3)), true;
    if (rest.starts_with("> ") || rest == ">")
      return settle(name, talk), send(talk, (rest.size() > 2 ? rest.substr(2) : "") + "\r\n"), true;
    if (rest.starts_with("<~ ")) return talk.any_order.push_back(rest.substr(3)), true;
    if (rest == "< ...") return settle(name, talk), talk.any = true, true;
    if (rest.starts_with("< ") || rest == "<")
      return settle(name, talk), expect(name, talk, rest.size() > 2 ? rest.substr(2) : ""), true;
    throw std::runtime_error("not a line of a transcript: " + line);
  }

  // "INBOX with 3 messages (\Seen)"; "Work message (\Flagged) "date"" and its octets
  void give(std::string const& what) {
    if (std::size_t with = what.find(" with "); with != what.npos) {
      int count = std::stoi(what.substr(with + 6));
      std::size_t flags = what.find('(', with);
      std::vector<GivenMessage> messages;
      for (int i = 1; i <= count; ++i)
        messages.push_back({sample_message(i), flags == what.npos ? "" : what.substr(flags), ""});
      return backend_.give(what.substr(0, with), messages);
    }
    std::size_t at = what.find(" message");
    if (at == what.npos) throw std::runtime_error("given what?");
    GivenMessage message;
    std::string options = what.substr(at + 8);
    if (std::size_t open = options.find('('), close = options.find(')'); close != options.npos)
      message.flags = options.substr(open, close - open + 1);
    if (std::size_t quote = options.find('"'); quote != options.npos) message.date = options.substr(quote);
    while (at_ + 1 < lines_.size() && lines_[at_ + 1].starts_with('|')) {
      std::string const& line = lines_[++at_];
      message.octets += (line.size() > 2 ? line.substr(2) : "") + "\r\n";
    }
    backend_.give(what.substr(0, at), {message});
  }

  void connect(std::string const& name) {
    talks_[name].client = std::make_unique<TestClient>(backend_.connect());
  }

  Talk& talk_of(std::string const& name) {
    Talk& talk = talks_[name];
    if (talk.client) return talk;
    if (name < "A" || name > "Z") throw std::runtime_error("not a line of a transcript");
    log_in(name, backend_.login());
    return talk;
  }

  void log_in(std::string const& name, std::string const& login) {
    connect(name);
    TestClient& client = *talks_[name].client;
    client.read_line();
    std::string answer = client.command("login", "LOGIN " + login + ' ' + backend_.password());
    if (answer.find("login OK") == answer.npos) throw std::runtime_error("cannot log in: " + answer);
  }

  void send(Talk& talk, std::string const& text) {
    std::string filled = fill_in(text, captures_);
    talk.tag = filled.substr(0, filled.find(' '));
    talk.client->send(filled);
  }

  bool matches(std::string const& pattern, std::string const& line) {
    Captures found = captures_;
    if (!fits(fill_in(pattern, captures_), line, found)) return false;
    captures_ = std::move(found);
    return true;
  }

  std::string next_line(std::string const& name, Talk& talk, std::string const& wanted) {
    auto line = talk.client->read_line();
    if (!line) throw std::runtime_error("the connection ended\n  expected " + name + "< " + wanted);
    return *line;
  }

  void expect(std::string const& name, Talk& talk, std::string const& wanted) {
    std::string passed;
    for (bool any = std::exchange(talk.any, false);;) {
      std::string line = next_line(name, talk, wanted);
      if (matches(wanted, line)) return;
      passed += "  got      " + name + "< " + line + '\n';
      bool answered = !talk.tag.empty() && line.starts_with(talk.tag + ' ');
      if (!any || answered)
        throw std::runtime_error("\n  expected " + name + "< " + fill_in(wanted, captures_) + '\n' + passed);
    }
  }

  // What was expected in any order has to come before anything else.
  void settle(std::string const& name, Talk& talk) {
    auto open = std::exchange(talk.any_order, {});
    while (!open.empty()) {
      std::string line = next_line(name, talk, open.front());
      auto fitting = open.begin();
      while (fitting != open.end() && !matches(*fitting, line)) ++fitting;
      if (fitting == open.end()) {
        std::string all;
        for (auto const& o : open) all += "\n  expected " + name + "<~ " + fill_in(o, captures_);
        throw std::runtime_error(all + "\n  got      " + name + "< " + line);
      }
      open.erase(fitting);
    }
  }

  void expect_end(std::string const& name, Talk& talk) {
    settle(name, talk);
    while (auto line = talk.client->read_line())
      if (!talk.any) throw std::runtime_error("not closed, but: " + *line);
  }

  std::string path_;
  Backend& backend_;
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  std::map<std::string, Talk> talks_;
  Captures captures_;
};

}  // namespace

std::string sample_message(int number) {
  std::string n = std::to_string(number);
  return "From: Alice Doe <alice@example.org>\r\nTo: Jane <jane@example.test>\r\nSubject: Message " + n +
         "\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <" + n +
         "@example.org>\r\n\r\nText of message " + n + "\r\n";
}

void run(std::string const& path, Backend& backend) {
  Runner(path, backend).run();
}

}  // namespace mc::imap::transcript
