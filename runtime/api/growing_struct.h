// Structs that start with `struct_size` and may have more or fewer fields on the caller's side.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "runtime/graph/error.h"

namespace ockham::capi {

/// Beyond this a struct_size is taken for an uninitialised one.
inline constexpr std::size_t kLargestStruct = 4096;

/// The caller's `struct_size`, after checking that it can be one.
template <class T>
std::size_t checked_struct_size(const T& theirs, std::size_t smallest, const char* name) {
  const std::size_t size = theirs.struct_size;
  if (size < smallest || size > kLargestStruct) {
    throw Error(Status::kInvalidArgument, std::string(name) + ": struct_size is " +
                                              std::to_string(size) + ", set it to the sizeof of " +
                                              "the struct (here " + std::to_string(sizeof(T)) +
                                              ")");
  }
  return size;
}

/// Copies the caller's struct: fields beyond its end are zero, and a tail that is beyond ours must
/// be zero. `smallest` is the size in the first version.
template <class T>
T read_struct(const T& theirs, std::size_t smallest, const char* name) {
  const std::size_t size = checked_struct_size(theirs, smallest, name);
  T ours{};
  std::memcpy(&ours, &theirs, std::min(size, sizeof(T)));
  const auto* bytes = reinterpret_cast<const unsigned char*>(&theirs);
  for (std::size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] != 0) {
      throw Error(Status::kUnsupported, std::string(name) + ": byte " + std::to_string(i) +
                                            " is set, but this version's struct ends at " +
                                            std::to_string(sizeof(T)) + "; use a newer libockham");
    }
  }
  return ours;
}

/// Fills the caller's struct as far as it reaches; what is beyond ours becomes zero.
template <class T>
void write_struct(const T& ours, T& theirs, const char* name) {
  const std::size_t size = checked_struct_size(theirs, sizeof(std::size_t), name);
  auto* bytes = reinterpret_cast<unsigned char*>(&theirs);
  const std::size_t known = std::min(size, sizeof(T));
  const auto* fields = reinterpret_cast<const unsigned char*>(&ours);
  std::copy(fields + sizeof(std::size_t), fields + known, bytes + sizeof(std::size_t));
  std::fill(bytes + known, bytes + size, static_cast<unsigned char>(0));
}

/// One of an array of the caller's structs, which has the caller's stride: the struct_size of its
/// first.
template <class T>
const T& element(const T* first, std::size_t index) {
  const auto* bytes = reinterpret_cast<const std::byte*>(first);
  return *reinterpret_cast<const T*>(bytes + index * first->struct_size);
}

/// Refuses an array whose structs have not all the size of the first.
template <class T>
void check_stride(const T* first, std::size_t count, const char* name) {
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t size = element(first, i).struct_size;
    if (size == first->struct_size) continue;
    throw Error(Status::kInvalidArgument, std::string(name) + " " + std::to_string(i) +
                                              ": struct_size is " + std::to_string(size) +
                                              ", that of the first is " +
                                              std::to_string(first->struct_size));
  }
}

}  // namespace ockham::capi
