#pragma once

#include <shop/v1/catalog.pb.h>

#include <vector>

namespace shop {

// What is on the shelves when the shop opens.
std::vector<v1::Item> SeedItems();

}  // namespace shop
