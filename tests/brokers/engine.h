/* engine.h - two programs with a broker between them, in one process. */
#ifndef BROKER_ENGINE_H
#define BROKER_ENGINE_H

#include "brokers/broker.h"

/* Run the tests. Returns how many failed. */
int engine_try(const struct tested_broker *broker);

#endif
