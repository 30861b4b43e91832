#include "payload.h"

#include <string>

namespace bench {

v1::Item SmallItem(int number) {
  v1::Item item;
  item.set_id("item-" + std::to_string(number));
  item.set_title("Hand grinder, steel");
  item.set_category(static_cast<v1::Category>(1 + number % 3));
  item.mutable_price()->set_currency_code("EUR");
  item.mutable_price()->set_units(89 + number);
  item.mutable_price()->set_nanos(990'000'000);
  item.set_stock(1'000'000'007LL * (number + 1));
  item.set_rating(4.5 - 0.013 * number);
  item.mutable_added_at()->set_seconds(1'760'000'000 + 86'399LL * number);
  item.mutable_added_at()->set_nanos(250'000'000);
  return item;
}

v1::Catalogue HundredItems() {
  v1::Catalogue catalogue;
  for (int i = 0; i < 100; ++i) {
    v1::Item& item = *catalogue.add_items();
    item = SmallItem(i);
    (*item.mutable_attributes())["colour"] = i % 2 ? "black" : "cr\u00e8me";
    (*item.mutable_attributes())["origin"] = "Pforzheim \"Nord\"";
  }
  return catalogue;
}

}  // namespace bench
