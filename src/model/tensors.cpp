#include "model/tensors.h"

#include <utility>

namespace auscult {

tl::unexpected<Error> damaged_model(const std::string& what) {
  return fail(ErrorCode::model_damaged, "the model file is damaged: " + what, {},
              "train again, or restore the file from a backup");
}

Result<std::vector<double>> take_tensor(TensorMap& tensors, const std::string& name,
                                        const std::vector<std::int64_t>& shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return damaged_model("tensor " + name + " is missing");
  if (found->second.shape != shape)
    return damaged_model("tensor " + name + " does not have the shape that the preset requires");
  std::vector<double> values = std::move(found->second.values);
  tensors.erase(found);
  return values;
}

}  // namespace auscult
