#pragma once

#include <shop/v1/catalog.pb.h>

#include <string>

// Exact arithmetic on amounts of money of one currency.
namespace shop {

using Nanos = __int128;  // 10^-9 units

inline constexpr Nanos kNanosPerUnit = 1'000'000'000;

inline Nanos ToNanos(const v1::Money& money) { return money.units() * kNanosPerUnit + money.nanos(); }

inline v1::Money ToMoney(Nanos nanos, const std::string& currency_code) {
  v1::Money money;
  money.set_currency_code(currency_code);
  money.set_units(static_cast<int64_t>(nanos / kNanosPerUnit));
  money.set_nanos(static_cast<int32_t>(nanos % kNanosPerUnit));
  return money;
}

}  // namespace shop
