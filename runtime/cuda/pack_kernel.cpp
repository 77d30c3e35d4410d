#include "runtime/cuda/kernels.h"
#include "runtime/cuda/pack_image.h"

namespace ockham::cuda {
namespace {

class PackKernel : public Kernel {
 public:
  explicit PackKernel(const KernelContext& context) {
    const Placement& written = context.written();
    const Shape& shape = context.shape(written);
    packing_ = {
        .type = written.type,
        .channels = static_cast<std::int32_t>(shape[1]),
        .stored = static_cast<std::int32_t>(context.request.channels_last.channels(shape[1])),
        .pixels = static_cast<std::int32_t>(shape.elements() / shape[1])};
  }

  void enqueue(const Launch& launch) override {
    pack_images(packing_, static_cast<const float*>(launch.inputs[0]), launch.output, launch.batch,
                launch.stream);
  }

  bool touches_once() const override { return true; }

 private:
  ImagePacking packing_;
};

}  // namespace

bool is_packing(const KernelContext& context) {
  return context.step.node < 0 && context.read(0).layout == Layout::kRowMajor &&
         context.written().layout == Layout::kChannelsLast;
}

std::unique_ptr<Kernel> make_pack(const KernelContext& context) {
  return std::make_unique<PackKernel>(context);
}

}  // namespace ockham::cuda
