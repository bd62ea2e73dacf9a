/* threads.h - two programs of several threads with a broker between them. */
#ifndef BROKER_THREADS_H
#define BROKER_THREADS_H

#include "brokers/broker.h"

/* Run the tests. Returns how many failed. */
int threads_try(const struct tested_broker *broker);

#endif
