#pragma once

#include "bench/v1/store.pb.h"

namespace bench {

// A message of about 200 bytes as JSON. Different for each number.
v1::Item SmallItem(int number);

// A hundred items with strings, int64, double, enum, timestamp, map and a nested message: 25 to 30 KB as JSON.
v1::Catalogue HundredItems();

}  // namespace bench
