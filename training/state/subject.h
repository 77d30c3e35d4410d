// Subject: what a run works on, as found when its network and its data set are loaded.
#pragma once

#include <string>

#include "runtime/format/model_file.h"
#include "training/data/augment.h"
#include "training/learning/pretraining.h"

namespace ockham::training {

struct Subject {
  std::string network;               ///< its name
  InputPreprocessing preprocessing;  ///< how bytes of images become its input
  std::string fingerprint;    ///< of the trained network that the run starts from; empty: none
  std::string imported_from;  ///< name of its file, if we did not train it
  Pretraining pretraining;    ///< as the user says, or as is usual for the network
  Augmentation augmentation;  ///< likewise, in all phases
};

}  // namespace ockham::training
