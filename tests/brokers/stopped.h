/* stopped.h - two programs with a broker between them, each of which ends its process at
 * a failpoint and is started again. */
#ifndef BROKER_STOPPED_H
#define BROKER_STOPPED_H

#include "brokers/broker.h"
#include "support/effort.h"

/* Run this shard's part of the tests. `effort` says at how many of its hits each
 * failpoint ends the process. Returns how many tests failed. */
int stopped_try(const struct tested_broker *broker, enum effort effort);

#endif
