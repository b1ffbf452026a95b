// bench/mail_bench.cpp - how many messages a second one core summarizes.
//
//   g++ -std=c++20 -O2 -I. bench/mail_bench.cpp mail/*.cpp core/{text,result,time_text,crypto}.cpp \
//     $(pkg-config --cflags --libs gmime-3.0) -lcrypto
//   mail_bench [FILE…]     without files: an ordinary 4 KiB notice
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "mail/summary.h"

namespace {

std::string ordinary_message() {
  std::string text =
      "Return-Path: <app@example.test>\r\n"
      "Received: from app.example.test (app.example.test [192.0.2.7]) by mc.example.test\r\n"
      "\twith ESMTPSA id 123; Mon, 23 Nov 2026 15:33:15 +0000\r\n"
      "Date: Mon, 23 Nov 2026 15:33:14 +0000\r\n"
      "From: Payments <no-reply@example.test>\r\n"
      "To: Jane Roe <jane@example.test>\r\n"
      "Subject: You have sent a payment of 40.00 USD\r\n"
      "Message-ID: <20261123153314.1234@app.example.test>\r\n"
      "X-MC-Type: payment.sent\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative; boundary=\"=_b1\"\r\n\r\n"
      "--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  while (text.size() < 2000)
    text += "The payment to a freelancer was sent; it arrives within a day or two.\r\n";
  text += "\r\n--=_b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
  while (text.size() < 4000)
    text += "<p>The payment to a <b>freelancer</b> was sent; it arrives soon.</p>\r\n";
  return text + "\r\n--=_b1--\r\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> messages;
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (messages.empty()) messages.push_back(ordinary_message());
  auto cpu = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  double begin = cpu();
  std::size_t count = 0, octets = 0, check = 0;
  double seconds = 0;
  for (; seconds < 2; seconds = cpu() - begin)
    for (auto const& message : messages) {
      check += mc::mail::summarize(message).bodystructure.size();
      octets += message.size();
      ++count;
    }
  std::printf("%.0f messages/s, %.1f MB/s (%zu)\n", static_cast<double>(count) / seconds,
              static_cast<double>(octets) / seconds / 1e6, check);
}
