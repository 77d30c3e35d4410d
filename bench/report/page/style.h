// The page's style sheet.
#pragma once

#include <string_view>

namespace ockham::bench {

/// Colours that colour-blind readers tell apart; light and dark; one column on a phone.
extern const std::string_view kStyle;

}  // namespace ockham::bench
