// The methods, each in its own file; method.cpp lists them by name.
#pragma once

#include <memory>

#include "training/methods/method.h"

namespace ockham::training {

std::unique_ptr<SparsityMethod> make_bc_ghs();
std::unique_ptr<SparsityMethod> make_bc_gnj();
std::unique_ptr<SparsityMethod> make_gate_ard();
std::unique_ptr<SparsityMethod> make_group_ard();
std::unique_ptr<SparsityMethod> make_l0();
std::unique_ptr<SparsityMethod> make_sbp();
std::unique_ptr<SparsityMethod> make_sparse_vd();
std::unique_ptr<SparsityMethod> make_two_sided_ard();
std::unique_ptr<SparsityMethod> make_vib();
std::unique_ptr<SparsityMethod> make_weight_ard();

}  // namespace ockham::training
