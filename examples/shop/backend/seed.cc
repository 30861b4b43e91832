#include "seed.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <iostream>

namespace shop {
namespace {

constexpr const char* kItems[] = {
    R"(id: "espresso-machine" name: "shelves/equipment/items/espresso-machine" title: "Espresso machine" category: CATEGORY_EQUIPMENT
       price { currency_code: "EUR" units: 499 nanos: 990000000 } tags: ["kitchen", "coffee"]
       attributes { key: "colour" value: "steel" } attributes { key: "voltage" value: "230 V" }
       added_at { seconds: 1764547200 } description: "Two groups, 15 bar.\nMade in Naples." rating { value: 4.5 } stock: 12
       warranty { seconds: 63072000 } dimensions { width_cm: 28.5 height_cm: 38 depth_cm: 31.25 }
       volume_prices { key: 5 value { currency_code: "EUR" units: 449 } } volume_prices { key: 10 value { currency_code: "EUR" units: 399 nanos: 500000000 } }
       barcode: 4006381333931 thumbnail: "\x89PNG\r\n"
       specs { fields { key: "bar" value { number_value: 15 } } fields { key: "modes" value { list_value { values { string_value: "single" } values { string_value: "double" } } } } }
       rating_histogram: [0, 1, 3, 20, 41])",
    R"(id: "grinder" name: "shelves/equipment/items/grinder" title: "Grinder" category: CATEGORY_EQUIPMENT
       price { currency_code: "EUR" units: 89 } tags: ["kitchen"] added_at { seconds: 1764633600 nanos: 500000000 } rating { value: 3.75 } stock: 0)",
    R"(id: "house-blend" name: "shelves/coffee/items/house-blend" title: "House blend \xe2\x98\x95" category: CATEGORY_COFFEE
       price { currency_code: "EUR" units: 12 nanos: 500000000 } tags: ["coffee", "beans"] added_at { seconds: 1764720000 } stock: 9007199254740993)",
    R"(id: "green-tea" name: "shelves/tea/items/green-tea" title: "Green tea" category: CATEGORY_TEA
       price { currency_code: "EUR" units: 8 nanos: 250000000 } tags: ["leaves"] added_at { seconds: 1764806400 } rating { value: 5 } stock: 40 discontinued: true)",
};

}  // namespace

std::vector<v1::Item> SeedItems() {
  std::vector<v1::Item> items;
  for (const char* text : kItems) {
    if (!google::protobuf::TextFormat::ParseFromString(text, &items.emplace_back())) {
      std::cerr << "the shop's seed is no text format:\n" << text << "\n";
      std::abort();
    }
  }
  return items;
}

}  // namespace shop
