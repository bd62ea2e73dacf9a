/* stream_check.h - the events of each stream: versions without gaps, in the order of the
 * log. */
#ifndef JN_VERIFY_STREAM_CHECK_H
#define JN_VERIFY_STREAM_CHECK_H

#include "sqlite/verify/findings.h"

/* False if the call is to end. */
bool jn_stream_check(struct jn_verify *verify);

#endif
