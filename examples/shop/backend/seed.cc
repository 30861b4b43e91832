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

constexpr const char* kOrders[] = {
    R"(id: 1000 customer: "bob" user_id: "bob" lines { item_id: "grinder" quantity: 1 price { currency_code: "EUR" units: 89 } }
       lines { item_id: "house-blend" quantity: 2 price { currency_code: "EUR" units: 12 nanos: 500000000 } }
       state: ORDER_STATE_SHIPPED placed_at { seconds: 1767603600 } total { currency_code: "EUR" units: 114 } card { network: "mastercard" last_digits: "4444" }
       history { [type.googleapis.com/shop.v1.OrderPlaced] { at { seconds: 1767603600 } } }
       history { [type.googleapis.com/shop.v1.OrderShipped] { at { seconds: 1767690000 } carrier: "Corriere" } })",
    R"(id: 1001 customer: "ada" user_id: "ada" lines { item_id: "espresso-machine" quantity: 1 price { currency_code: "EUR" units: 499 nanos: 990000000 } }
       lines { item_id: "house-blend" quantity: 4 price { currency_code: "EUR" units: 12 nanos: 500000000 } }
       state: ORDER_STATE_PLACED placed_at { seconds: 1768298400 nanos: 250000000 } delivery_time { seconds: 172800 }
       total { currency_code: "EUR" units: 549 nanos: 990000000 } card { network: "visa" last_digits: "4242" } note: "Ring twice"
       labels { key: "channel" value: "web" } gift_wrapping { value: true }
       extra { fields { key: "campaign" value { string_value: "winter" } } fields { key: "points" value { number_value: 12.5 } } fields { key: "vip" value { null_value: NULL_VALUE } } }
       history { [type.googleapis.com/shop.v1.OrderPlaced] { at { seconds: 1768298400 } } })",
    R"(id: 1002 customer: "ada" user_id: "ada" lines { item_id: "green-tea" quantity: 2 price { currency_code: "EUR" units: 8 nanos: 250000000 } }
       state: ORDER_STATE_SHIPPED placed_at { seconds: 1768384800 } total { currency_code: "EUR" units: 16 nanos: 500000000 } voucher: "WELCOME"
       history { [type.googleapis.com/shop.v1.OrderPlaced] { at { seconds: 1768384800 } } }
       history { [type.googleapis.com/shop.v1.OrderShipped] { at { seconds: 1768388400 } carrier: "Posta" } })",
};

constexpr const char* kUsers[] = {
    R"(id: "ada" display_name: "Ada Bianchi" email: "ada@example.com" role: USER_ROLE_CUSTOMER created_at { seconds: 1762084800 }
       address { lines: "Via dei Mille 7" postal_code: "80121" city: "Napoli" country_code: "IT" } phone: "+390815550107"
       language: "it-IT" newsletter { value: true })",
    R"(id: "bob" display_name: "Bob Jansen" email: "bob@example.com" role: USER_ROLE_CUSTOMER created_at { seconds: 1765108800 }
       address { lines: "Keizersgracht 12" lines: "achterhuis" postal_code: "1015 CN" city: "Amsterdam" country_code: "NL" } language: "nl")",
    R"(id: "carol" display_name: "Carol Duval" email: "carol@example.com" role: USER_ROLE_CUSTOMER created_at { seconds: 1768212000 }
       language: "fr-FR" newsletter { value: false })",
    R"(id: "grace" display_name: "Grace Okafor" email: "grace@shop.example" role: USER_ROLE_ADMINISTRATOR created_at { seconds: 1759312800 } language: "en")",
};

constexpr const char* kPayments[] = {
    R"(id: "pay-1" order_id: 1000 user_id: "bob" state: PAYMENT_STATE_PARTIALLY_REFUNDED amount { currency_code: "EUR" units: 114 }
       refunded { currency_code: "EUR" units: 12 nanos: 500000000 } card: "mastercard •••• 4444" created_at { seconds: 1767603660 })",
    R"(id: "pay-2" order_id: 1001 user_id: "ada" state: PAYMENT_STATE_CAPTURED amount { currency_code: "EUR" units: 549 nanos: 990000000 }
       card: "visa •••• 4242" created_at { seconds: 1768298460 })",
    R"(id: "pay-3" order_id: 1002 user_id: "ada" state: PAYMENT_STATE_CAPTURED amount { currency_code: "EUR" units: 16 nanos: 500000000 }
       voucher: "WELCOME" created_at { seconds: 1768384860 })",
};

// Of the orders that were shipped.
constexpr const char* kShipments[] = {
    R"(order_id: 1000 carrier: "Corriere" state: SHIPMENT_STATE_DELIVERED
       parcels { tracking_number: "CR-55120-NL" weight_grams: 2450 dimensions { width_cm: 40 height_cm: 22.5 depth_cm: 30 } }
       events { at { seconds: 1767690000 } place: "Napoli" text: "left the house" } events { at { seconds: 1767776400 } place: "Basel" text: "crossed the border" }
       events { at { seconds: 1767866400 } place: "Amsterdam" text: "delivered" } estimated_delivery { seconds: 1767862800 })",
    R"(order_id: 1002 carrier: "Posta" state: SHIPMENT_STATE_IN_TRANSIT parcels { tracking_number: "RR123456785IT" weight_grams: 310 }
       events { at { seconds: 1768388400 } place: "Napoli" text: "left the house" } events { at { seconds: 1768424400 } place: "Roma" text: "sorted" }
       estimated_delivery { seconds: 1768557600 })",
};

constexpr const char* kAds[] = {
    R"(text: "A grinder for every bean" item_id: "grinder")",
    R"(text: "House blend, roasted on Monday" item_id: "house-blend")",
};

template <typename Message, size_t kCount>
std::vector<Message> Parse(const char* const (&texts)[kCount]) {
  std::vector<Message> messages;
  for (const char* text : texts) {
    if (!google::protobuf::TextFormat::ParseFromString(text, &messages.emplace_back())) {
      std::cerr << "the shop's seed is no text format:\n" << text << "\n";
      std::abort();
    }
  }
  return messages;
}

}  // namespace

std::vector<v1::Item> SeedItems() { return Parse<v1::Item>(kItems); }
std::vector<v1::Order> SeedOrders() { return Parse<v1::Order>(kOrders); }
std::vector<v1::User> SeedUsers() { return Parse<v1::User>(kUsers); }
std::vector<v1::Payment> SeedPayments() { return Parse<v1::Payment>(kPayments); }
std::vector<v1::Shipment> SeedShipments() { return Parse<v1::Shipment>(kShipments); }
std::vector<v1::Ad> SeedAds() { return Parse<v1::Ad>(kAds); }

}  // namespace shop
