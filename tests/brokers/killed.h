/* killed.h - two programs with a broker between them, while programs and broker are
 * killed. */
#ifndef BROKER_KILLED_H
#define BROKER_KILLED_H

#include "brokers/broker.h"
#include "support/effort.h"

/* Run this shard's part of the tests. `effort` counts kills of the broker. Returns how
 * many tests failed. */
int killed_try(const struct tested_broker *broker, enum effort effort);

#endif
