#pragma once

#include <shop/v1/ads.pb.h>
#include <shop/v1/catalog.pb.h>
#include <shop/v1/orders.pb.h>
#include <shop/v1/payments.pb.h>
#include <shop/v1/shipping.pb.h>
#include <shop/v1/users.pb.h>

#include <vector>

// What there is when the shop opens, the same each time: every order has a user, items of the catalogue and a payment;
// every shipped one a shipment.
namespace shop {

std::vector<v1::Item> SeedItems();
std::vector<v1::Order> SeedOrders();
std::vector<v1::User> SeedUsers();
std::vector<v1::Payment> SeedPayments();
std::vector<v1::Shipment> SeedShipments();
std::vector<v1::Ad> SeedAds();

}  // namespace shop
