// How a dense network is trained: what is usual, what is chosen, how the learning rate goes.
#include "training/learning/pretraining.h"

#include <gtest/gtest.h>

#include "tests/cases/expect_error.h"
#include "training/networks/networks.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

TEST(Pretraining, IsWhatIsUsualForTheNetworkUnlessChosen) {
  const Pretraining usual = learning_defaults("resnet56").pretraining;
  EXPECT_EQ(chosen({}, usual, 160).warmup_epochs, 5);
  EXPECT_EQ(chosen({}, usual, 30).warmup_epochs, 3) << "a tenth";
  const Pretraining other = chosen({.optimizer = kAdam, .weight_decay = 0.5}, usual, 160);
  EXPECT_EQ(other.optimizer, kAdam);
  EXPECT_EQ(other.learning_rate, 1e-3) << "Adam's own";
  EXPECT_EQ(other.weight_decay, 0.5);
  EXPECT_EQ(other.rate_schedule, kCosineSchedule);
  EXPECT_EQ(chosen({.optimizer = kAdam, .learning_rate = 0.2}, usual, 160).learning_rate, 0.2);
  EXPECT_EQ(chosen({.warmup_epochs = 9}, usual, 10).warmup_epochs, 9);
}

TEST(Pretraining, OfLeNetsIsByPlainAdam) {
  for (const char* name : {"lenet5", "lenet-300-100", "lenet-500-300", "an imported one"}) {
    const LearningDefaults usual = learning_defaults(name);
    EXPECT_EQ(usual.pretraining.optimizer, kAdam);
    EXPECT_EQ(usual.pretraining.weight_decay, 0.0);
    EXPECT_EQ(usual.crop, 0);
    EXPECT_FALSE(usual.flip);
  }
}

TEST(Pretraining, HasMomentumOnlyWithSgd) {
  expect_error(Status::kInvalidArgument, {"--momentum", "adam", "--optimizer sgd"},
               [] { chosen({.momentum = 0.5}, {}, 10); });
  EXPECT_EQ(chosen({.optimizer = kSgd, .momentum = 0.5}, {}, 10).momentum, 0.5);
}

TEST(PretrainingRate, RisesFromATenthAndFalls) {
  const Pretraining cosine{
      .learning_rate = 2.0, .warmup_epochs = 4, .rate_schedule = kCosineSchedule};
  EXPECT_DOUBLE_EQ(pretraining_rate(cosine, 0.0, 20), 0.2);
  EXPECT_DOUBLE_EQ(pretraining_rate(cosine, 2.0, 20), 1.1);
  EXPECT_DOUBLE_EQ(pretraining_rate(cosine, 4.0, 20), 2.0);
  EXPECT_DOUBLE_EQ(pretraining_rate(cosine, 12.0, 20), 1.0);
  EXPECT_NEAR(pretraining_rate(cosine, 20.0, 20), 0.0, 1e-12);
  const Pretraining linear{.learning_rate = 2.0, .warmup_epochs = 10};
  EXPECT_DOUBLE_EQ(pretraining_rate(linear, 15.0, 20), 2.0);
  EXPECT_DOUBLE_EQ(pretraining_rate(linear, 20.0, 20), 0.2);
}

}  // namespace
}  // namespace ockham::training::test
