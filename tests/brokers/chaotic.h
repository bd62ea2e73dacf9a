/* chaotic.h - two programs and a broker between them, and between each program and the
 * broker a chaos of its own (transport/chaos.h). */
#ifndef BROKER_CHAOTIC_H
#define BROKER_CHAOTIC_H

#include "brokers/broker.h"
#include "support/effort.h"

/* Run this shard's part of the tests. `effort` counts histories. Returns how many tests
 * failed. */
int chaotic_try(const struct tested_broker *broker, enum effort effort);

#endif
