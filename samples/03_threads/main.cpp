// Serves requests in two threads: one model, a session for each thread, and one pool of threads
// that helps whichever session has something to share.
//
//   threads MODEL.ockham
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ockham/ockham.hpp"

namespace {

constexpr int kServers = 2, kRequests = 100;

/// What one thread of a server does: nothing is locked, and nothing allocated between requests.
void serve(ockham::Session& session, std::vector<float> image, std::vector<float>& answer,
           std::string& failure) {
  try {
    const float* input = image.data();
    float* output = answer.data();
    for (int i = 0; i < kRequests; ++i) session.run(1, &input, &output);
  } catch (const std::exception& error) {
    failure = error.what();  // must not leave the thread
  }
}

int serve_all(const char* path) {
  const ockham::Model model(path);
  ockham::SessionOptions options;
  options.thread_pool = ockham::ThreadPool(2);  // the thread of a run, and one that helps it

  std::vector<ockham::Session> sessions;
  for (int i = 0; i < kServers; ++i) sessions.emplace_back(model, options);
  const std::vector<float> image(model.inputs()[0].elements_per_image(), 0.5f);
  std::vector<std::vector<float>> answers(
      kServers, std::vector<float>(model.outputs()[0].elements_per_image()));
  std::vector<std::string> failures(kServers);

  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kServers; ++i) {
    threads.emplace_back([&, i] { serve(sessions[i], image, answers[i], failures[i]); });
  }
  for (std::thread& thread : threads) thread.join();

  for (const std::string& failure : failures) {
    if (!failure.empty()) throw std::runtime_error(failure);
  }
  std::printf("%d requests, %s answers\n", kServers * kRequests,
              answers[0] == answers[1] ? "the same" : "different");
  return answers[0] == answers[1] ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s MODEL.ockham\n", argv[0]);
    return 2;
  }
  try {
    return serve_all(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
