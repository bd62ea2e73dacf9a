/* log_check.h - the events: positions without gaps, checksums, digests, types, and in a
 * deep check their JSON. */
#ifndef JN_VERIFY_LOG_CHECK_H
#define JN_VERIFY_LOG_CHECK_H

#include "sqlite/verify/findings.h"

/* Check the events up to `head`. Those up to `schema_1_events` have checksums of
 * schema 1. False if the call is to end. */
bool jn_log_check(struct jn_verify *verify, int64_t head, int64_t schema_1_events);

#endif
