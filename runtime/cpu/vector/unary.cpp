#include "runtime/cpu/vector/unary.h"

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/unary.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// These must come behind it.
#include "runtime/cpu/vector/exp-inl.h"
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {
namespace {

HWY_INLINE Vector set(float x) { return hn::Set(Floats(), x); }

template <int kCount>
HWY_INLINE Vector polynomial(Vector x, const float (&coefficients)[kCount]) {
  Vector sum = set(coefficients[kCount - 1]);
  OCKHAM_UNROLL
  for (int i = kCount - 2; i >= 0; --i) sum = hn::MulAdd(sum, x, set(coefficients[i]));
  return sum;
}

HWY_INLINE Vector exp_of(Vector x) { return exp_of_number(Floats(), x); }

HWY_INLINE Vector sigmoid(Vector x) {
  return hn::Div(set(1.0f), hn::Add(set(1.0f), exp_of(hn::Neg(x))));
}

HWY_INLINE Vector softplus(Vector x) {
  const Vector below = hn::Log1p(Floats(), exp_of(hn::Neg(hn::Abs(x))));
  return hn::Add(hn::Max(x, set(0.0f)), below);
}

/// 1 - erf(x) for x >= 0: exp(-x^2) times what is left, a polynomial of (x - k) / (x + k). Fitted
/// to a relative error of 3e-8 up to 10, beyond which the product is 0 in float.
HWY_INLINE Vector erfc_of_positive(Vector x) {
  constexpr float kMiddle = 2.5f;
  constexpr float kScaled[] = {0.21080635488f, -0.37173664570f,  0.25171324611f,  -0.12503549457f,
                               0.03992260993f, -0.00397440838f,  -0.00264142617f, 0.00081578549f,
                               0.00021242877f, -0.0000560469198f};
  x = hn::Min(x, set(20.0f));
  const Vector t = hn::Div(hn::Sub(x, set(kMiddle)), hn::Add(x, set(kMiddle)));
  return hn::Mul(exp_of(hn::Neg(hn::Mul(x, x))), polynomial(t, kScaled));
}

/// Near 0 a polynomial, fitted to a relative error of 4e-9.
HWY_INLINE Vector erf(Vector x) {
  constexpr float kSmall = 0.75f;
  constexpr float kNear[] = {1.12837910652f,  -0.37612622976f, 0.11283445358f,
                             -0.02683837339f, 0.00512259500f,  -0.00068125117f};
  const Vector size = hn::Abs(x);
  const Vector far = hn::CopySign(hn::Sub(set(1.0f), erfc_of_positive(size)), x);
  const Vector near = hn::Mul(x, polynomial(hn::Mul(x, x), kNear));
  return hn::IfThenElse(hn::Lt(size, set(kSmall)), near, far);
}

/// x times the normal distribution function, from the tail that is small.
HWY_INLINE Vector gelu(Vector x) {
  constexpr float kRootOfHalf = 0.70710678119f;
  const Vector tail = hn::Mul(hn::Mul(set(0.5f), hn::Abs(x)),
                              erfc_of_positive(hn::Mul(hn::Abs(x), set(kRootOfHalf))));
  // What is far above 0 has no tail; infinity would make one that is not a number.
  const Vector known = hn::IfThenElse(hn::Lt(x, set(20.0f)), tail, set(0.0f));
  return hn::Sub(hn::Max(x, set(0.0f)), known);
}

HWY_INLINE Vector gelu_by_tanh(Vector x) {
  constexpr float kSlope = 0.79788456080f;  // sqrt(2 / pi)
  const Vector cubed = hn::Mul(hn::Mul(x, x), x);
  const Vector inner = hn::Mul(set(kSlope), hn::MulAdd(set(0.044715f), cubed, x));
  return hn::Mul(hn::Mul(set(0.5f), x), hn::Add(set(1.0f), hn::Tanh(Floats(), inner)));
}

HWY_INLINE Vector if_negative(Vector x, Vector then, Vector otherwise) {
  return hn::IfThenElse(hn::Lt(x, set(0.0f)), then, otherwise);
}

HWY_INLINE Vector scaled_expm1(Vector x, float scale) {
  return hn::Mul(set(scale), hn::Expm1(Floats(), x));
}

/// One function for each of these: `apply` of vectors. Where it loses what is not a number,
/// `map` puts it back.
#define OCKHAM_FUNCTION(Name, expression)                                  \
  struct Name {                                                            \
    HWY_INLINE static Vector apply(Vector x, [[maybe_unused]] float alpha, \
                                   [[maybe_unused]] float beta) {          \
      return expression;                                                   \
    }                                                                      \
  }

OCKHAM_FUNCTION(Relu, (cut(x, {.low = 0.0f})));
OCKHAM_FUNCTION(LeakyRelu, if_negative(x, hn::Mul(set(alpha), x), x));
OCKHAM_FUNCTION(Clip, (cut(x, {alpha, beta})));
OCKHAM_FUNCTION(Sigmoid, sigmoid(x));
OCKHAM_FUNCTION(Tanh, hn::Tanh(Floats(), x));
OCKHAM_FUNCTION(HardSigmoid, (cut(hn::MulAdd(set(alpha), x, set(beta)), {0.0f, 1.0f})));
OCKHAM_FUNCTION(HardSwish,
                hn::Mul(x, (cut(hn::MulAdd(x, set(1.0f / 6.0f), set(0.5f)), {0.0f, 1.0f}))));
OCKHAM_FUNCTION(Elu, if_negative(x, scaled_expm1(x, alpha), x));
OCKHAM_FUNCTION(Selu, hn::Mul(set(beta), if_negative(x, scaled_expm1(x, alpha), x)));
OCKHAM_FUNCTION(Celu, if_negative(x, scaled_expm1(hn::Div(x, set(alpha)), alpha), x));
OCKHAM_FUNCTION(Softplus, softplus(x));
OCKHAM_FUNCTION(Mish, hn::Mul(x, hn::Tanh(Floats(), softplus(x))));
OCKHAM_FUNCTION(Softsign, hn::Div(x, hn::Add(set(1.0f), hn::Abs(x))));
OCKHAM_FUNCTION(Gelu, gelu(x));
OCKHAM_FUNCTION(TanhGelu, gelu_by_tanh(x));
OCKHAM_FUNCTION(Erf, erf(x));
OCKHAM_FUNCTION(Exp, exp_of(x));
OCKHAM_FUNCTION(Sqrt, hn::Sqrt(x));
OCKHAM_FUNCTION(Neg, hn::Neg(x));
OCKHAM_FUNCTION(Abs, hn::Abs(x));
OCKHAM_FUNCTION(Reciprocal, hn::Div(set(1.0f), x));
OCKHAM_FUNCTION(Floor, hn::Floor(x));
OCKHAM_FUNCTION(Ceil, hn::Ceil(x));
OCKHAM_FUNCTION(Round, hn::Round(x));

#undef OCKHAM_FUNCTION

template <class Function>
void map(const UnaryRow& row) {
  const Floats d;
  std::int64_t i = 0;
  for (; i + kLanes <= row.count; i += kLanes) {
    const Vector x = hn::LoadU(d, row.x + i);
    const Vector y = Function::apply(x, row.alpha, row.beta);
    hn::StoreU(hn::IfThenElse(hn::IsNaN(x), x, y), d, row.y + i);
  }
  if (i == row.count) return;
  HWY_ALIGN float last[kLanes];
  const std::int64_t left = row.count - i;
  hn::Store(load_first(row.x + i, left), d, last);
  map<Function>({last, last, kLanes, row.alpha, row.beta});
  store_first(hn::Load(d, last), row.y + i, left);
}

}  // namespace

UnaryFunction unary_function(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kRelu:
      return map<Relu>;
    case UnaryKind::kLeakyRelu:
      return map<LeakyRelu>;
    case UnaryKind::kClip:
      return map<Clip>;
    case UnaryKind::kSigmoid:
      return map<Sigmoid>;
    case UnaryKind::kTanh:
      return map<Tanh>;
    case UnaryKind::kHardSigmoid:
      return map<HardSigmoid>;
    case UnaryKind::kHardSwish:
      return map<HardSwish>;
    case UnaryKind::kElu:
      return map<Elu>;
    case UnaryKind::kSelu:
      return map<Selu>;
    case UnaryKind::kCelu:
      return map<Celu>;
    case UnaryKind::kSoftplus:
      return map<Softplus>;
    case UnaryKind::kMish:
      return map<Mish>;
    case UnaryKind::kSoftsign:
      return map<Softsign>;
    case UnaryKind::kGelu:
      return map<Gelu>;
    case UnaryKind::kTanhGelu:
      return map<TanhGelu>;
    case UnaryKind::kErf:
      return map<Erf>;
    case UnaryKind::kExp:
      return map<Exp>;
    case UnaryKind::kSqrt:
      return map<Sqrt>;
    case UnaryKind::kNeg:
      return map<Neg>;
    case UnaryKind::kAbs:
      return map<Abs>;
    case UnaryKind::kReciprocal:
      return map<Reciprocal>;
    case UnaryKind::kFloor:
      return map<Floor>;
    case UnaryKind::kCeil:
      return map<Ceil>;
    case UnaryKind::kRound:
      return map<Round>;
    default:
      return nullptr;  // computed one by one (unary_functions.h)
  }
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
